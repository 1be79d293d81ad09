import { type Application, usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { cutPage, decodeCursor } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DirectoryErasure } from './directory-erasure.service.ts';
import { userChanged } from './directory.events.ts';
import { DirectoryRepository } from './directory.repository.ts';
import type {
  DirectoryUserDetail,
  DirectoryUserList,
  DirectoryUserQuery,
  DirectoryUserView,
  PatchUserRequest,
} from './directory.schemas.ts';
import { viewOf } from './directory.view.ts';
import { PasswordChange } from './password-change.service.ts';
import { PasswordLocks } from './password-locks.ts';
import { UserTraces } from './user-traces.ts';

const notFound = () => refuse('directory/user-not-found');

/** Management of the directory. */
@Injectable()
export class DirectoryUsers {
  constructor(
    private readonly database: Database,
    private readonly users: DirectoryRepository,
    private readonly passwords: PasswordChange,
    private readonly erasure: DirectoryErasure,
    private readonly traces: UserTraces,
    private readonly locks: PasswordLocks,
    private readonly outbox: Outbox,
    private readonly vault: Vault,
  ) {}

  async get(appId: string, username: string): Promise<Decision<DirectoryUserDetail>> {
    const found = await this.users.byName(appId, username);
    if (!found) return notFound();
    const passwordLock = await this.locks.standing(appId, username);
    return accept({ ...viewOf(found.user), ...(passwordLock && { passwordLock }) });
  }

  /** A page of the application's users, by name. */
  async list(
    appId: string,
    { prefix, limit, cursor }: DirectoryUserQuery,
  ): Promise<Decision<DirectoryUserList>> {
    const list = `directory-users:${appId}`;
    const after = decodeCursor(this.vault, list, cursor, z.string());
    if (!after.ok) return after;
    const start = usernameKey(prefix);
    const found = await this.users.list(appId, { prefix: start, after: after.value, limit: limit + 1 });
    const page = cutPage(this.vault, list, { found, limit, positionOf: (user) => user.usernameKey });
    return accept({ ...page, items: page.items.map(viewOf) });
  }

  /** Changes what the request names. Who is disabled has nothing open any more once it is committed. */
  async change(
    appId: string,
    username: string,
    { name, enabled }: PatchUserRequest,
  ): Promise<Decision<DirectoryUserView>> {
    return this.database.transaction(async (tx) => {
      const found = await this.users.byName(appId, username, tx, 'FOR UPDATE');
      if (!found) return notFound();
      const { user } = found;
      const members = [
        ...(name !== undefined && (name ?? undefined) !== user.name ? ['name'] : []),
        ...(enabled !== undefined && enabled !== user.enabled ? ['enabled'] : []),
      ];
      if (members.length === 0) return accept(viewOf(user));
      const changed = await this.users.update(tx, appId, user.userId, { name, enabled });
      if (user.enabled && !changed.enabled) await this.traces.end(tx, appId, user.userId);
      await this.outbox.append(tx, [userChanged(appId, user.userId, members)]);
      return accept(viewOf(changed));
    });
  }

  async setPassword(application: Application, username: string, password: string): Promise<Decision<void>> {
    const { appId } = application;
    const found = await this.users.byName(appId, username);
    if (!found) return notFound();
    const hash = await this.passwords.prepare(application, found.user, password);
    return hash.ok ? this.passwords.set(appId, found.user.userId, hash.value) : hash;
  }

  /** Lifts what wrong passwords locked, of any length. */
  async unlock(appId: string, username: string): Promise<Decision<void>> {
    if (!(await this.users.byName(appId, username))) return notFound();
    await this.locks.clear(appId, username);
    return accept(undefined);
  }

  async delete(appId: string, username: string): Promise<Decision<void>> {
    return this.database.transaction(async (tx) => {
      const found = await this.users.byName(appId, username, tx, 'FOR UPDATE');
      if (!found) return notFound();
      await this.erasure.remove(tx, appId, found.user.userId);
      return accept(undefined);
    });
  }
}
