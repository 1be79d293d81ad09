import { usernameKey } from '@countersign/contracts';
import type { Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { ServiceUnavailable, type Vault } from '@countersign/security';
import { InjectConfig, type ServiceConfig, UserGateway } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Turns } from './turns.ts';
import { UserErasure } from './user-erasure.service.ts';
import { UserKeys } from './user-keys.ts';
import { type ResolvedOwner, UserRepository } from './user.repository.ts';

/** The name changed hands between asking whose it is and writing: asked again this often. */
const ATTEMPTS = 3;

/** Whose values are written, held until the transaction ends, with the key to seal them with. */
export interface HeldOwner extends ResolvedOwner {
  /** The user's own key, open. */
  key: Vault;
}

/** What is done for a user who is held. It may run again, so it has no effect but through `tx`. */
type Work<T> = (tx: Tx, owner: HeldOwner) => Promise<Decision<T>>;

/** What came of it; `gone`: the user was deleted, and nothing was done. */
export type Written<T> = { gone: false; result: Decision<T> } | { gone: true };

/** Writes of a user's values: for whom, and never for somebody who is gone. */
@Injectable()
export class UserWriteService {
  private readonly names = new Turns();
  private readonly lanes = new Turns();
  private readonly width: number;
  private next = 0;

  constructor(
    private readonly database: Database,
    private readonly gateway: UserGateway,
    private readonly users: UserRepository,
    private readonly erasure: UserErasure,
    private readonly keys: UserKeys,
    @InjectConfig() { databasePool }: ServiceConfig,
  ) {
    this.width = Math.max(1, Math.floor(databasePool / 2));
  }

  /**
   * Asks mfa-orchestrator for the user's id, then runs `work` in a transaction that holds the user. If the user turns
   * out to be deleted, the name belongs to nobody or to a new user, and it is asked again.
   * Throws ServiceUnavailable, DatabaseUnavailable.
   */
  async write<T>(appId: string, username: string, work: Work<T>): Promise<Decision<T>> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const written = await this.writeFor(await this.resolve(appId, username), work);
      if (!written.gone) return written.result;
    }
    throw new ServiceUnavailable('mfa-orchestrator', 'resolves a name to users who are gone');
  }

  /** Whose the name is now; mfa-orchestrator makes the user on first sight. Throws ServiceUnavailable. */
  async resolve(appId: string, username: string): Promise<ResolvedOwner> {
    const { userId, at } = await this.gateway.resolve(appId, username);
    return { appId, userId, usernameKey: usernameKey(username), resolvedAt: at };
  }

  /**
   * Runs `work` in a transaction that holds a user who was resolved before, unless they are gone meanwhile.
   * Throws DatabaseUnavailable.
   */
  writeFor<T>(owner: ResolvedOwner, work: Work<T>): Promise<Written<T>> {
    const write = () => this.database.transaction((tx) => this.writeHeld(tx, owner, work));
    // of one name one at a time, of all names as many as leave connections to the rest
    return this.names.take(`${owner.appId}:${owner.usernameKey}`, () =>
      this.lanes.take(String(this.next++ % this.width), write),
    );
  }

  private async writeHeld<T>(tx: Tx, owner: ResolvedOwner, work: Work<T>): Promise<Written<T>> {
    await this.users.lockName(tx, owner.appId, owner.usernameKey);
    const wrapped = await this.users.hold(tx, owner);
    if (!wrapped) return { gone: true };
    const others = await this.users.nameSakes(tx, owner);
    if (others.some((other) => other.isNewer)) {
      // this write is the late one; its user was deleted and the event is still on its way
      await this.erasure.erase(tx, owner.appId, owner.userId);
      return { gone: true };
    }
    for (const other of others) await this.erasure.erase(tx, owner.appId, other.userId);
    const key = this.keys.open(wrapped, owner.appId, owner.userId);
    return { gone: false, result: await work(tx, { ...owner, key }) };
  }
}
