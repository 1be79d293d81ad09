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

/** Tries of one login; then it ends. */
const LOGIN_LIMIT = { scope: 'image-passcode:login', limit: 5, windowSeconds: 3600 } as const;
/** Wrong ones of one name over all logins, and how many lock it until management unlocks (NIST SP 800-63B-4 §3.2.2). */
const HOUR_LIMIT = { scope: 'image-passcode:hour', limit: 10, windowSeconds: 3600 } as const;
const CEILING = { scope: 'image-passcode:ceiling', limit: 100, windowSeconds: 315_360_000 } as const;
/** Wrong ones of one client network, over all names and logins: those cost nothing to begin (OTP-05, API-09). */
export const NETWORK_LIMIT = { scope: 'image-passcode:network', limit: 100, windowSeconds: 3600 } as const;

/** Whose try it was. */
export interface PasscodeTry {
  appId: string;
  uid: string;
  username: string;
  clientAddress: string;
}

/**
 * Counts tries before they are looked at (invariant 3), by name, whether anybody has it or not. A new login resets
 * nothing, nor does a right sequence: it takes back its own try only, or whoever guesses could wait for the user's next
 * login. A passcode that is locked leaves password and passkeys usable (OTP-19).
 */
@Injectable()
export class PasscodeLocks {
  private readonly key: Uint8Array;

  constructor(
    private readonly attempts: Attempts,
    vault: Vault,
  ) {
    this.key = vault.derive('image-passcode-locks/v1');
  }

  /** Counts one try of a client's network. */
  ofNetwork(appId: string, clientAddress: string): Promise<AttemptResult> {
    return this.attempts.count({ ...NETWORK_LIMIT, key: networkKey(appId, clientAddress) });
  }

  /** Counts one try of a login; answers how many are left after it, or undefined if it was one too many. */
  async ofLogin(appId: string, uid: string): Promise<number | undefined> {
    const { allowed, count } = await this.attempts.count({ ...LOGIN_LIMIT, key: loginKey(appId, uid) });
    return allowed ? LOGIN_LIMIT.limit - count : undefined;
  }

  /** Counts one try at a name; false if it is locked. `known`: somebody of that name has a passcode. */
  async ofName(appId: string, username: string, known: boolean): Promise<boolean> {
    const key = this.nameKey(appId, username);
    // what nobody has is forgotten soon, or names that strangers made up would fill the table
    const ceiling = known ? CEILING : { ...CEILING, windowSeconds: HOUR_LIMIT.windowSeconds };
    const limits = [HOUR_LIMIT, ceiling].map((limit): AttemptLimit => ({ ...limit, key }));
    return (await this.attempts.countAll(limits)).allowed;
  }

  /** It was right, or nobody looked at it: this try is taken back. `named`: the name's was counted. */
  async giveBack({ appId, uid, username, clientAddress }: PasscodeTry, named = true): Promise<void> {
    const ofLogin = { scope: LOGIN_LIMIT.scope, key: loginKey(appId, uid) };
    const ofNetwork = { scope: NETWORK_LIMIT.scope, key: networkKey(appId, clientAddress) };
    const ofName = named ? this.ofNameKeys(appId, username) : [];
    await this.attempts.giveBackAll([ofLogin, ofNetwork, ...ofName]);
  }

  /** Whether the name takes tries now, for management. */
  async standing(appId: string, username: string): Promise<'temporary' | 'until-unlocked' | undefined> {
    const key = this.nameKey(appId, username);
    if (!(await this.attempts.peek({ ...CEILING, key })).allowed) return 'until-unlocked';
    return (await this.attempts.peek({ ...HOUR_LIMIT, key })).allowed ? undefined : 'temporary';
  }

  /** Management unlocks, the user made another passcode, or is gone. */
  clear(appId: string, username: string, on?: Tx): Promise<void> {
    return this.attempts.clearAll(this.ofNameKeys(appId, username), on);
  }

  private ofNameKeys(appId: string, username: string): AttemptKey[] {
    const key = this.nameKey(appId, username);
    return [HOUR_LIMIT, CEILING].map(({ scope }) => ({ scope, key }));
  }

  // by a digest: what people type into the field of names may be their password
  private nameKey(appId: string, username: string): string {
    return hmac(this.key, appId, usernameKey(username));
  }
}

const networkKey = (appId: string, address: string): string => `${appId}:${clientNetwork(address)}`;

const loginKey = (appId: string, uid: string): string => `${appId}:${uid}`;
