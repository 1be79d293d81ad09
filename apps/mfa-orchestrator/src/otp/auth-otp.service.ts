import { type Application, usernameKey } from '@countersign/contracts';
import { type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Attempts, sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { FACTOR_OF } from '../contacts/contact.types.ts';
import { LockNotices } from '../contacts/lock-notices.ts';
import type { BeginCaller } from '../flows/begin-facts.ts';
import { DOOR_SCOPES, FactorLocks } from '../flows/factor-locks.ts';
import type { Channel } from '../messages/message.types.ts';
import type { JwtAnswer } from '../passkeys/passkey-api.schemas.ts';
import { UserRepository } from '../users/user.repository.ts';
import { CodeLogins } from './code-login.service.ts';
import { CodeSender } from './code-sender.ts';
import { OtpCodes } from './otp-codes.ts';
import type { RightCode } from './otp.types.ts';

/** Guesses at codes that users made with an access token, for one user in an hour; as many for nobody's. */
const GUESSES = { scope: DOOR_SCOPES.authOtp, limit: 10, windowSeconds: 3600 };

/** Who is meant: a user, or the trace of a name that is nobody's, for which the same work is done. */
interface Meant {
  id: string;
  username: string | undefined;
  usernameKey: string;
}

/** LoginID's codes outside of its MFA API (contracts §1.9): sent to a user's address, typed for a login. */
@Injectable()
export class AuthOtp {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly contacts: ContactRepository,
    private readonly locks: FactorLocks,
    private readonly codes: OtpCodes,
    private readonly sender: CodeSender,
    private readonly logins: CodeLogins,
    private readonly attempts: Attempts,
    private readonly lockNotices: LockNotices,
  ) {}

  /** Sends a code to the user's primary address. Says nothing about whether there is one, nor a user at all. */
  async send(
    application: Application,
    channel: Channel,
    username: string,
    clientAddress: string,
  ): Promise<void> {
    const { appId, settings } = application;
    const meant = await this.meant(appId, username);
    const [contact] = await this.contacts.usable(this.database, meant.id, channel, 0);
    const locked = await this.locks.isLocked(FACTOR_OF[channel], meant.id);
    const nobody = this.contacts.nobody(appId, channel, meant.usernameKey, meant.id);
    const taken = await this.sender.take(application, contact ?? nobody, clientAddress);
    if (!taken.ok) return;
    const { length, ttlSeconds } = settings.otp[channel];
    const to = locked ? undefined : contact;
    await this.database.transaction(async (tx) => {
      const { code } = await this.codes.make(tx, {
        ...{ purpose: `login:${meant.id}`, appId, userId: meant.id, contactId: to?.id ?? null },
        ...{ length, ttlSeconds, carries: { factor: FACTOR_OF[channel] } },
      });
      if (to) await this.sender.plan(tx, application, to, { code, kind: 'otp' });
      else await this.sender.planNothing(tx, application, meant.id, channel);
    });
  }

  /**
   * Logs a user in by a code: one that was sent, or one made with an access token on another device. A right code is a
   * proof in a login flow like any other (ST-08): where policy asks for more, 403, and the flow is over. Whatever else
   * is wrong answers the same 400.
   */
  async verify(
    caller: BeginCaller,
    step: string,
    { username, authCode }: { username: string; authCode: string },
  ): Promise<Decision<JwtAnswer>> {
    const { appId, settings } = caller.application;
    const meant = await this.meant(appId, username);
    if (meant.username === undefined && settings.accountExistence === 'disclose')
      return refuse('mfa/user-not-found');
    const right = await this.look(appId, meant, authCode);
    if (!right || meant.username === undefined) return refuse('mfa/code-refused');
    return this.logins.login(caller, step, right);
  }

  /**
   * Counts the try before anything is compared (invariant 3): against the user only where there is a code to guess, or
   * strangers would lock owners out; else in windows of nobody, with the same work. The two kinds of codes have counters
   * of their own: the factor's for one that was sent, this door's for one made with an access token.
   */
  private async look(appId: string, meant: Meant, code: string): Promise<RightCode | undefined> {
    const userId = meant.id;
    const sent = { purpose: `login:${userId}`, appId, userId };
    const made = { ...sent, purpose: `device:${userId}` };
    const factor = (await this.codes.aboutLive(sent))?.factor;
    const guessed = meant.username === undefined ? undefined : factor;
    const sentOpen = guessed ? await this.locks.begin(guessed, userId) : await this.nobodyGuesses(userId);
    const scope = (await this.codes.aboutLive(made)) ? GUESSES.scope : 'nobody-device';
    const madeOpen = (await this.attempts.count({ ...GUESSES, scope, key: userId })).allowed;
    const right = sentOpen ? await this.codes.look(sent, code) : undefined;
    const found = right ?? (madeOpen ? await this.codes.look(made, code) : undefined);
    if (found) {
      if (madeOpen) await this.attempts.giveBack(scope, userId);
      if (guessed && sentOpen) await this.locks.giveBack(guessed, userId);
    } else if (guessed) await this.lockNotices.afterWrong({ appId, userId }, guessed);
    // as many statements where nobody can be locked
    else await this.locks.isLocked('nobody', userId);
    return found;
  }

  /** The work of counting on a factor, for nobody: in windows that end, so that guessed names leave nothing behind. */
  private async nobodyGuesses(key: string): Promise<boolean> {
    const hour = await this.attempts.count({ ...GUESSES, scope: 'nobody-hour', key });
    return (await this.attempts.count({ ...GUESSES, scope: 'nobody', key })).allowed && hour.allowed;
  }

  private async meant(appId: string, username: string): Promise<Meant> {
    const key = usernameKey(username);
    const user = await this.users.find(appId, username);
    return { id: user?.id ?? sha256(`${appId} ${key}`), username: user?.username, usernameKey: key };
  }
}
