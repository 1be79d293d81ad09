import { createSecretKey, type KeyObject } from 'node:crypto';
import { usernameKey } from '@countersign/contracts';
import type { Tx } from '@countersign/persistence';
import {
  type AttemptKey,
  type AttemptLimit,
  Attempts,
  type AttemptResult,
  clientNetwork,
  hmac,
  Vault,
} from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Wrong passwords of one name: five in a minute, ten in an hour; a hundred in a row lock it until management unlocks. */
export const NAME_LIMITS = [
  { scope: 'password:minute', limit: 5, windowSeconds: 60 },
  { scope: 'password:hour', limit: 10, windowSeconds: 3600 },
] as const;
export const NAME_CEILING = { scope: 'password:ceiling', limit: 100, windowSeconds: 315_360_000 } as const;
/** Wrong passwords of one client network, over all names: whoever tries one password on everybody (OTP-05). */
export const NETWORK_LIMIT = { scope: 'password:network', limit: 100, windowSeconds: 3600 } as const;

/**
 * Counts passwords before they are looked at (invariant 3). Names are counted whether anybody has them or not, by a
 * digest: what people type into that field may be their password. Only the password is locked; passkeys are not (OTP-19).
 */
@Injectable()
export class PasswordLocks {
  private readonly key: KeyObject;

  constructor(
    private readonly attempts: Attempts,
    vault: Vault,
  ) {
    this.key = createSecretKey(vault.derive('password-locks/v1'));
  }

  /** Counts one attempt of a client's network. */
  ofNetwork(appId: string, address: string): Promise<AttemptResult> {
    return this.attempts.count({ ...NETWORK_LIMIT, key: this.networkKey(appId, address) });
  }

  /** Counts one attempt at a name; false if it is locked. `known`: somebody has it. */
  async ofName(appId: string, username: string, known: boolean): Promise<boolean> {
    const key = this.nameKey(appId, username);
    // what nobody has is forgotten soon, or names that strangers made up would fill the table
    const ceiling = known ? NAME_CEILING : { ...NAME_CEILING, windowSeconds: 3600 };
    const limits = [...NAME_LIMITS, ceiling].map((limit): AttemptLimit => ({ ...limit, key }));
    return (await this.attempts.countAll(limits)).allowed;
  }

  /** It was the right password: what was counted for it is taken back, and the row of wrong ones has ended. */
  async wasRight(appId: string, username: string, address: string): Promise<void> {
    const key = this.nameKey(appId, username);
    const counted = [...this.windows(key), this.network(appId, address)];
    await this.attempts.settle(counted, [{ scope: NAME_CEILING.scope, key }]);
  }

  /** Nobody looked at it: nothing is counted. `named`: the name was counted too. */
  async wasNotChecked(appId: string, username: string, address: string, named: boolean): Promise<void> {
    const key = this.nameKey(appId, username);
    const ofName = named ? [...this.windows(key), { scope: NAME_CEILING.scope, key }] : [];
    await this.attempts.giveBackAll([...ofName, this.network(appId, address)]);
  }

  /** Whether the name takes passwords now, for management. */
  async standing(appId: string, username: string): Promise<'temporary' | 'until-unlocked' | undefined> {
    const key = this.nameKey(appId, username);
    if (!(await this.attempts.peek({ ...NAME_CEILING, key })).allowed) return 'until-unlocked';
    const windows = await Promise.all(NAME_LIMITS.map((limit) => this.attempts.peek({ ...limit, key })));
    return windows.every(({ allowed }) => allowed) ? undefined : 'temporary';
  }

  /** Management unlocks, or the name is another user's now. */
  async clear(appId: string, username: string, on?: Tx): Promise<void> {
    const key = this.nameKey(appId, username);
    await this.attempts.clearAll([...this.windows(key), { scope: NAME_CEILING.scope, key }], on);
  }

  private windows(key: string): AttemptKey[] {
    return NAME_LIMITS.map(({ scope }) => ({ scope, key }));
  }

  private network(appId: string, address: string): AttemptKey {
    return { scope: NETWORK_LIMIT.scope, key: this.networkKey(appId, address) };
  }

  private networkKey(appId: string, address: string): string {
    return `${appId}:${clientNetwork(address)}`;
  }

  private nameKey(appId: string, username: string): string {
    return hmac(this.key, appId, usernameKey(username));
  }
}
