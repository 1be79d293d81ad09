import { type Decision, refuse } from '@countersign/kernel';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryRepository } from './directory.repository.ts';
import type { DirectoryUser, SignInRefusal } from './directory.types.ts';
import { PasswordChange } from './password-change.service.ts';
import { PasswordCheck, type PasswordOrigin, type SignedIn } from './password-check.service.ts';

/** Who signs in here, for the other features of this service. */
@Injectable()
export class DirectoryService {
  constructor(
    private readonly users: DirectoryRepository,
    private readonly check: PasswordCheck,
    private readonly change: PasswordChange,
    @InjectDirectory() private readonly applications: ApplicationDirectory,
  ) {}

  /** The user as of now; asked again wherever something is issued for them (OP-14). */
  async find(appId: string, userId: string): Promise<DirectoryUser | undefined> {
    return (await this.users.byId(appId, userId))?.user;
  }

  /**
   * The same, as of the moment at which the request under way read the record that this is about (a token, a code, a
   * session): what is issued for it is issued to that user only while nothing of theirs was ended since.
   */
  findOfRecord(appId: string, userId: string): Promise<DirectoryUser | undefined> {
    return this.users.asFound(appId, userId);
  }

  /** The same by name, compared trimmed, NFC and without case. Whoever tells anybody tells who exists. */
  async byUsername(appId: string, username: string): Promise<DirectoryUser | undefined> {
    return (await this.users.byName(appId, username))?.user;
  }

  /** Whether this is the password of that name: see {@link PasswordCheck.check}. */
  checkPassword(
    appId: string,
    username: string,
    password: string,
    from: PasswordOrigin,
  ): Promise<Decision<SignedIn, SignInRefusal>> {
    return this.check.check(appId, username, password, from);
  }

  /**
   * The user's own change: the old password is checked and counted as in a login. Everything the user has open ends, but
   * the session `except`. Refuses as checkPassword, and `directory/password-refused` before anything is counted.
   */
  async changePassword(
    appId: string,
    userId: string,
    { old, next }: { old: string; next: string },
    { address, except }: PasswordOrigin & { except?: string },
  ): Promise<Decision<void>> {
    const found = await this.users.byId(appId, userId);
    const application = await this.applications.byId(appId);
    if (!found || !application) return refuse('directory/sign-in-refused');
    const fit = this.change.fits(application, found.user, next);
    if (!fit.ok) return fit;
    const verified = await this.check.verify(appId, found.user.username, old, { address });
    if (!verified.ok) return verified;
    const { user, passwordHash: from } = verified.value;
    // the name may be another user's by now
    if (user.userId !== userId) return refuse('directory/sign-in-refused');
    const hash = await this.change.prepare(application, user, next);
    return hash.ok ? this.change.set(appId, userId, hash.value, { from, except }) : hash;
  }
}
