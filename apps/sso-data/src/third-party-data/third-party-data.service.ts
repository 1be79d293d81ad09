import { usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { decodeCursor, cutPage, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { type HeldOwner, UserWriteService } from '../users/user-write.service.ts';
import { itemsAfter, NO_ITEMS } from './third-party-data.answers.ts';
import { savedEvent } from './third-party-data.events.ts';
import { ThirdPartyDataRepository, valueOwner } from './third-party-data.repository.ts';
import { dataPosition, placeOf, type ThirdPartyDataList, VALUES_MAX } from './third-party-data.schemas.ts';
import { CachedValues } from './third-party-data.values.ts';
import { ThirdPartyTargets } from './third-party-targets.repository.ts';

/** Which value: vendor and element. */
export interface ValueName {
  vendor: string;
  key: string;
}

/** Values of users per vendor, as management reads and sets them. */
@Injectable()
export class ThirdPartyDataService {
  constructor(
    private readonly repository: ThirdPartyDataRepository,
    private readonly targets: ThirdPartyTargets,
    private readonly cached: CachedValues,
    private readonly writes: UserWriteService,
    private readonly sealed: SealedValues,
    private readonly outbox: Outbox,
    private readonly vault: Vault,
  ) {}

  /** All of a user's values for one vendor, as JSON. A vendor that there is, and a user without values: none. */
  async ofVendor(appId: string, username: string, vendor: string): Promise<Decision<string>> {
    const values = await this.cached.of(appId, usernameKey(username));
    const json = values?.vendors.get(vendor);
    if (json !== undefined) return accept(json);
    return (await this.targets.hasVendor(appId, vendor)) ? accept(NO_ITEMS) : refuse('sso/vendor-not-found');
  }

  /** A page of a user's values, by vendor and key. Nobody known has none. */
  async list(
    appId: string,
    username: string,
    { limit, cursor }: PageQuery,
  ): Promise<Decision<ThirdPartyDataList>> {
    const name = usernameKey(username);
    // a cursor belongs to this list of this user, so that nothing can be learned by carrying one elsewhere
    const list = `third-party-data:${appId}:${name}`;
    const after = decodeCursor(this.vault, list, cursor, dataPosition);
    if (!after.ok) return after;
    const values = await this.cached.of(appId, name);
    const found = values ? itemsAfter(values.vendors, after.value, limit + 1) : [];
    return accept(cutPage(this.vault, list, { found, limit, positionOf: placeOf }));
  }

  /**
   * Sets or replaces a value. Throws ServiceUnavailable if mfa-orchestrator cannot say whose the name is. What is
   * missing is looked for before it is asked, since it makes the user on first sight, and again where it can no longer go.
   */
  async put(appId: string, username: string, name: ValueName, value: string): Promise<Decision<undefined>> {
    const there = await this.check(appId, name);
    if (!there.ok) return there;
    return this.writes.write(appId, username, async (tx, owner) => {
      const held = await this.check(appId, name, tx);
      return held.ok ? this.save(tx, owner, name, value) : held;
    });
  }

  private async check(appId: string, { vendor, key }: ValueName, tx?: Tx): Promise<Decision<undefined>> {
    const missing = await this.targets.missing(appId, vendor, key, tx);
    return missing ? refuse(`sso/${missing}-not-found`) : accept(undefined);
  }

  private async save(
    tx: Tx,
    owner: HeldOwner,
    { vendor, key }: ValueName,
    value: string,
  ): Promise<Decision<undefined>> {
    const { sealedValue } = this.sealed.seal(value, valueOwner(owner, vendor, key), owner.key);
    const rows = [{ element: key, sealedValue }];
    if (!(await this.repository.hasRoom(tx, owner, vendor, rows)))
      return refuse('sso/value-limit', { detail: `at most ${VALUES_MAX}, and 384 KB together` });
    await this.repository.put(tx, owner, vendor, rows);
    await this.outbox.append(tx, [savedEvent(owner, vendor, [key], 'management')]);
    tx.onCommit(() => this.cached.changed(owner.appId, owner.userId));
    return accept(undefined);
  }
}
