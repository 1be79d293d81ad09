import { usernameKey } from '@countersign/contracts';
import type { Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { UserErasure } from './user-erasure.service.ts';
import { UserGateway } from './user.gateway.ts';
import { type ResolvedOwner, UserRepository } from './user.repository.ts';

/** The name changed hands between asking whose it is and writing: asked again this often. */
const ATTEMPTS = 3;

type Written<T> = { gone: false; result: Decision<T> } | { gone: true };

/** Writes of a user's values: for whom, and never for somebody who is gone. */
@Injectable()
export class UserWriteService {
  constructor(
    private readonly database: Database,
    private readonly gateway: UserGateway,
    private readonly users: UserRepository,
    private readonly erasure: UserErasure,
  ) {}

  /**
   * Asks mfa-orchestrator for the user's id, then runs `work` in a transaction that holds the user. If the user turns
   * out to be deleted, the name belongs to nobody or to a new user, and it is asked again.
   * Throws ServiceUnavailable, DatabaseUnavailable.
   */
  async write<T>(
    appId: string,
    username: string,
    work: (tx: Tx, owner: ResolvedOwner) => Promise<Decision<T>>,
  ): Promise<Decision<T>> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { userId, at } = await this.gateway.resolve(appId, username);
      const owner = { appId, userId, usernameKey: usernameKey(username), resolvedAt: at };
      const written = await this.database.transaction((tx) => this.writeHeld(tx, owner, work));
      if (!written.gone) return written.result;
    }
    throw new ServiceUnavailable('mfa-orchestrator', 'resolves a name to users who are gone');
  }

  private async writeHeld<T>(
    tx: Tx,
    owner: ResolvedOwner,
    work: (tx: Tx, owner: ResolvedOwner) => Promise<Decision<T>>,
  ): Promise<Written<T>> {
    await this.users.lockName(tx, owner.appId, owner.usernameKey);
    if (!(await this.users.hold(tx, owner))) return { gone: true };
    const others = await this.users.nameSakes(tx, owner);
    if (others.some((other) => other.isNewer)) {
      // this write is the late one; its user was deleted and the event is still on its way
      await this.erasure.erase(tx, owner.appId, owner.userId);
      return { gone: true };
    }
    for (const other of others) await this.erasure.erase(tx, owner.appId, other.userId);
    return { gone: false, result: await work(tx, owner) };
  }
}
