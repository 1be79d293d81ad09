import { usernameKey } from '@countersign/contracts';
import type { Database } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { dealt, shuffled } from './grids.decide.ts';
import { keyedDraws, keyedGap } from './keyed-draws.ts';
import { type KeptPasscode, PasscodeRepository, type Standing } from './passcode.repository.ts';
import { POOL } from './pool.ts';
import { settingNow, type Shown, shownNext, shownToNobody } from './shown.decide.ts';

/** What a name is shown, and the passcode behind it, where there is one. */
export interface NameShown {
  shown: Shown;
  /** One that holds. */
  kept: (KeptPasscode & { verifier: string }) | undefined;
}

/** Deals the grids of names: of users, of users without a passcode and of nobody, all by one key and in one way. */
@Injectable()
export class PasscodeGrids {
  private readonly dealKey: Uint8Array;
  private readonly gapKey: Uint8Array;
  private readonly layoutKey: Uint8Array;

  constructor(
    private readonly passcodes: PasscodeRepository,
    vault: Vault,
  ) {
    this.dealKey = vault.derive('image-passcode-grids/v1');
    this.gapKey = vault.derive('image-passcode-turnover/v1');
    this.layoutKey = vault.derive('image-passcode-layout/v1');
  }

  /** What a challenge of that name shows. */
  async of(appId: string, username: string): Promise<NameShown> {
    const key = usernameKey(username);
    const standing = await this.passcodes.standing(appId, key);
    const nobody = this.nobody(appId, key, standing);
    const { kept } = standing;
    if (!kept) return { shown: nobody, kept: undefined };
    const { rounds, gridSize, generation, verifier } = kept;
    return {
      shown: { rounds, gridSize, generation },
      kept: verifier === null ? undefined : { ...kept, verifier },
    };
  }

  /** What a new passcode of that name is chosen from; with `on`, in that transaction. */
  async next(
    appId: string,
    username: string,
    on?: Pick<Database, 'query'>,
  ): Promise<{ next: Shown; nobody: Shown; standing: Standing }> {
    const key = usernameKey(username);
    const standing = await this.passcodes.standing(appId, key, on);
    const nobody = this.nobody(appId, key, standing);
    return { next: shownNext(standing.kept, nobody, settingNow(standing.history)), nobody, standing };
  }

  /** The images, by rounds. */
  grids(appId: string, username: string, { rounds, gridSize, generation }: Shown): string[][] {
    const deal = [usernameKey(username), generation, rounds, gridSize].map(String);
    return dealt(POOL, { rounds, gridSize }, keyedDraws(this.dealKey, appId, ...deal));
  }

  /** Where they stand: another order for each login and page (`seed`), the same when a page is shown again. */
  laidOut(grids: readonly (readonly string[])[], seed: string): string[][] {
    return grids.map((grid, round) => shuffled(grid, keyedDraws(this.layoutKey, seed, String(round))));
  }

  // made for everybody, also for whom it is not needed: that takes time
  private nobody(appId: string, key: string, { history }: Standing): Shown {
    return shownToNobody(history, (generation) => keyedGap(this.gapKey, appId, key, String(generation)));
  }
}
