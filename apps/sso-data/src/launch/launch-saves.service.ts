import { accept, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ElementDefinitions } from '../elements/element-definitions.ts';
import { isDelivered } from '../elements/element.schemas.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { about, savedEvent } from '../third-party-data/third-party-data.events.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import { ThirdPartyDataRepository, valueOwner } from '../third-party-data/third-party-data.repository.ts';
import type { ResolvedOwner } from '../users/user.repository.ts';
import { type HeldOwner, UserWriteService } from '../users/user-write.service.ts';
import type { Understood } from './handler-answer.decide.ts';
import { type AskedVendor, LaunchRepository } from './launch.repository.ts';

/**
 * `again`: what the handler was shown holds no more (values, elements or the vendor changed), so it has to be asked anew.
 * `gone`: the user was deleted meanwhile. `full`: the user would have more values than there can be.
 */
export type Saved = 'saved' | 'again' | 'gone' | 'full';

/** Keeps what handlers answer, and tells of it. */
@Injectable()
export class LaunchSaves {
  constructor(
    private readonly database: Database,
    private readonly writes: UserWriteService,
    private readonly launches: LaunchRepository,
    private readonly definitions: ElementDefinitions,
    private readonly values: ThirdPartyDataRepository,
    private readonly cached: CachedValues,
    private readonly sealed: SealedValues,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
  ) {}

  /** Takes the request's `Idempotency-Key`, if it has one; refuses one that was taken. */
  once(request: IdempotentRequest | undefined): Promise<Decision<null>> {
    if (!request) return Promise.resolve(accept(null));
    return this.database.transaction((tx) =>
      this.idempotency.once(tx, request, async () => ({ answer: null, secret: true })),
    );
  }

  /** Gives the request's `Idempotency-Key` back: nothing came of it, so it may be tried again. */
  async notDone(request: IdempotentRequest | undefined): Promise<void> {
    if (request) await this.database.transaction((tx) => this.idempotency.release(tx, request));
  }

  /**
   * Saves all of it or nothing, in one transaction (S6). `shown` are the versions that the handler was shown: of two
   * launches of a new user the second finds values there, and asks its handler again with them.
   */
  async save(
    owner: ResolvedOwner,
    asked: AskedVendor,
    understood: Understood,
    shown: ReadonlyMap<string, string>,
  ): Promise<Saved> {
    const { vendor } = asked;
    const { save } = understood;
    const reports = refusedNames(owner, vendor, understood);
    if (save.length === 0) {
      await this.tell(reports);
      return 'saved';
    }
    const written = await this.writes.writeFor(owner, async (tx, held) => {
      const saved = await this.put(tx, held, asked, save, shown);
      const names = save.map(({ element }) => element);
      if (saved === 'saved')
        await this.outbox.append(tx, [savedEvent(owner, vendor, names, 'launch'), ...reports]);
      return accept(saved);
    });
    if (written.gone) return 'gone';
    return written.result.ok ? written.result.value : 'again';
  }

  /** Tells that a launch led nowhere (S8). */
  failed(owner: ResolvedOwner, vendor: string, reason: string): Promise<void> {
    const data = { userId: owner.userId, vendor, reason };
    return this.tell([{ type: 'sso.launch.failed.v1', ...about(owner), data }]);
  }

  private async put(
    tx: Tx,
    owner: HeldOwner,
    asked: AskedVendor,
    save: Understood['save'],
    shown: ReadonlyMap<string, string>,
  ): Promise<Saved> {
    const { vendor } = asked;
    const names = save.map(({ element }) => element);
    const there = await this.launches.hold(tx, owner.appId, asked, names);
    if (!there || names.some((name) => !there.has(name))) {
      // another instance took the element away, and nobody has said so here yet
      this.definitions.changed(owner.appId);
      return 'again';
    }
    const now = await this.values.versions(tx, owner, vendor, names);
    // a value that was not shown, because it is not delivered, is written over; one that was must be as it was shown
    const isStale = (name: string) => isDelivered(name) && now.get(name) !== shown.get(name);
    if (names.some(isStale)) return 'again';
    const rows = save.map(({ element, value }) => ({
      element,
      sealedValue: this.sealed.seal(value, valueOwner(owner, vendor, element), owner.key).sealedValue,
    }));
    if (!(await this.values.hasRoom(tx, owner, vendor, rows))) return 'full';
    await this.values.put(tx, owner, vendor, rows);
    tx.onCommit(() => this.cached.changed(owner.appId, owner.userId));
    return 'saved';
  }

  private async tell(events: NewEvent[]): Promise<void> {
    if (events.length > 0)
      await this.database.transaction(async (tx) => void (await this.outbox.append(tx, events)));
  }
}

/** The bus is told those that start as names of ours do: a handler that mixed up key and value must not tell a value. */
function refusedNames(owner: ResolvedOwner, vendor: string, understood: Understood): NewEvent[] {
  const all = understood.refusedNames.length + understood.others;
  if (all === 0) return [];
  const names = understood.refusedNames.filter(isDelivered);
  const data = { userId: owner.userId, vendor, names, others: all - names.length };
  return [{ type: 'sso.launch.names-refused.v1', ...about(owner), data }];
}
