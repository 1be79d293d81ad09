import { type Application, tidyUsername, usernameKey } from '@countersign/contracts';
import { accept, type Decision } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest, type Tx } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { UserGateway } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryErasure } from './directory-erasure.service.ts';
import { DirectoryRepository, type ResolvedName } from './directory.repository.ts';
import type { CreateUserRequest, DirectoryUserView } from './directory.schemas.ts';
import { viewOf } from './directory.view.ts';
import { ErasedUsers } from './erased-users.repository.ts';
import { PasswordChange } from './password-change.service.ts';

/** The name changed hands between asking whose it is and writing: asked again this often. */
const ATTEMPTS = 3;

/** Takes users into the directory, by the ids that mfa-orchestrator knows them by. */
@Injectable()
export class DirectoryCreation {
  constructor(
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly users: DirectoryRepository,
    private readonly erased: ErasedUsers,
    private readonly erasure: DirectoryErasure,
    private readonly gateway: UserGateway,
    private readonly passwords: PasswordChange,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Takes a user in, once per `Idempotency-Key`. Refuses `directory/user-exists`, `directory/password-refused`,
   * `fault/unavailable`. Throws ServiceUnavailable if mfa-orchestrator cannot say whose the name is.
   */
  async create(
    application: Application,
    request: CreateUserRequest,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<DirectoryUserView>> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const owner = await this.resolve(application.appId, request.username);
      const created = await this.createFor(application, owner, request, idempotent);
      if (created !== 'gone') return created;
    }
    throw new ServiceUnavailable('mfa-orchestrator', 'resolves a name to users who are gone');
  }

  private async resolve(appId: string, username: string): Promise<ResolvedName> {
    const { userId, at } = await this.gateway.resolve(appId, username);
    return { appId, userId, usernameKey: usernameKey(username), resolvedAt: at };
  }

  /** `gone`: the user was deleted, and nothing was done. */
  private async createFor(
    application: Application,
    owner: ResolvedName,
    request: CreateUserRequest,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<DirectoryUserView> | 'gone'> {
    // before the transaction: hashing takes its time, and may have to wait
    const hash = await this.hashOf(application, owner, request);
    if (!hash.ok) return hash;
    return this.database.transaction(async (tx) => {
      if (!(await this.holds(tx, owner))) return 'gone';
      return this.idempotency.once<DirectoryUserView>(tx, idempotent, async () => {
        const { username, name, enabled } = request;
        const entry = { username: tidyUsername(username), name, enabled, passwordHash: hash.value };
        const user = await this.users.insert(tx, owner, entry);
        if (!user) return { refusal: { code: 'directory/user-exists', field: 'username' } };
        const { appId, userId } = owner;
        await this.outbox.append(tx, [
          { type: 'directory.user.created.v1', appId, subject: userId, key: userId, data: { userId } },
        ]);
        return { answer: viewOf(user) };
      });
    });
  }

  private async hashOf(
    application: Application,
    { userId }: ResolvedName,
    { username, password }: CreateUserRequest,
  ): Promise<Decision<string | undefined>> {
    if (password === undefined) return accept(undefined);
    return this.passwords.prepare(application, { userId, username: tidyUsername(username) }, password);
  }

  /**
   * Keeps the user's erasure out until the transaction ends, and erases who had the name before: names are unique, so
   * they were deleted, and the event is on its way. False if this user is the one who is gone.
   */
  private async holds(tx: Tx, owner: ResolvedName): Promise<boolean> {
    if (!(await this.erased.hold(tx, owner.appId, owner.userId))) return false;
    const other = await this.users.nameSake(tx, owner);
    if (other?.isNewer) return false;
    if (other) await this.erasure.erase(tx, owner.appId, other.userId);
    return true;
  }
}
