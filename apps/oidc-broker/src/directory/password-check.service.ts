import { accept, type Decision, refuse } from '@countersign/kernel';
import { clientNetwork, PasswordHasher, QueueFull } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { type Credential, DirectoryRepository } from './directory.repository.ts';
import type { SignInRefusal } from './directory.types.ts';
import { preparePassword } from './password.decide.ts';
import { PasswordLocks } from './password-locks.ts';

/** Where a password comes from. */
export interface PasswordOrigin {
  /** The client's address, as the door knows it. */
  address: string;
}

/** Whose password it was. */
export interface SignedIn {
  userId: string;
  username: string;
}

/** Whose it was, and what it matched. */
export interface Verified extends Credential {
  /** It was hashed at another cost. */
  outdated: boolean;
}

/** What a password is bound to: a hash in another user's row matches nothing. */
export const passwordOwner = (appId: string, userId: string): string => `${appId}:${userId}`;

const refused = () => refuse('directory/sign-in-refused');

function valueOf<T>(ended: PromiseSettledResult<T>): T {
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}

/** Lets in by a password. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly users: DirectoryRepository,
    private readonly locks: PasswordLocks,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Whether this is the password of that name. Who is unknown, disabled, locked or has none gets the answer of a wrong
   * password, after as long: every one costs exactly one run of argon2id, beside which it is counted (SES-07). Refuses
   * `access/too-many-requests` for a network that guesses, `fault/unavailable` while too many are waiting: neither says
   * anything of a user.
   */
  async check(
    appId: string,
    username: string,
    password: string,
    origin: PasswordOrigin,
  ): Promise<Decision<SignedIn, SignInRefusal>> {
    const verified = await this.verify(appId, username, password, origin);
    if (!verified.ok) return verified;
    const { user, outdated } = verified.value;
    if (outdated) await this.hashAnew(appId, verified.value, password, origin);
    return accept({ userId: user.userId, username: user.username });
  }

  /** The same; answers the hash that it matched, and leaves it as it is. */
  async verify(
    appId: string,
    username: string,
    password: string,
    { address }: PasswordOrigin,
  ): Promise<Decision<Verified, SignInRefusal>> {
    const network = await this.locks.ofNetwork(appId, address);
    if (!network.allowed) {
      const { retryAfterSeconds } = network;
      return refuse('access/too-many-requests', { extra: { retryAfterSeconds } });
    }
    const found = await this.users.byName(appId, username);
    // beside each other, so that what is counted or locked is hidden in the time that hashing takes; nothing is told
    // before both have ended, whichever failed: what cannot be counted is a fault and lets nobody in
    const [counted, hashed] = await Promise.allSettled([
      this.locks.ofName(appId, username, found !== undefined),
      this.matches(appId, found, password, address),
    ]);
    const unlocked = valueOf(counted);
    const checked = valueOf(hashed);
    if (checked === 'busy') {
      await this.locks.wasNotChecked(appId, username, address, unlocked);
      return refuse('fault/unavailable');
    }
    if (!unlocked || !found?.user.enabled || !checked.matches) return refused();
    await this.locks.wasRight(appId, username, address);
    return accept({ ...found, outdated: checked.outdated });
  }

  private async matches(
    appId: string,
    found: Credential | undefined,
    password: string,
    address: string,
  ): Promise<{ matches: boolean; outdated: boolean } | 'busy'> {
    const prepared = preparePassword(password);
    // what no password can be is compared with nothing
    const stored = prepared === undefined ? undefined : found?.passwordHash;
    const binding = { owner: passwordOwner(appId, found?.user.userId ?? ''), from: clientNetwork(address) };
    try {
      return await this.hasher.check(stored, prepared ?? '', binding);
    } catch (error) {
      if (error instanceof QueueFull) return 'busy';
      throw error;
    }
  }

  /** The cost was raised since: now is the only time the password is at hand. */
  private async hashAnew(
    appId: string,
    { user, passwordHash }: Credential,
    password: string,
    { address }: PasswordOrigin,
  ): Promise<void> {
    const prepared = preparePassword(password);
    if (prepared === undefined || passwordHash === undefined) return;
    const binding = { owner: passwordOwner(appId, user.userId), from: clientNetwork(address) };
    try {
      await this.users.rehash(appId, user.userId, passwordHash, await this.hasher.hash(prepared, binding));
    } catch (error) {
      // the next time will do
      if (!(error instanceof QueueFull)) throw error;
    }
  }
}
