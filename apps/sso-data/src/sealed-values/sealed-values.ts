import { Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { UserKeys, type WrappedKey } from '../users/user-keys.ts';

/** Which key sealed a value: the service's, as before there was a key per user, or the user's own. */
export const SERVICE_KEY_ID = 'service';
export const USER_KEY_ID = 'user';

/** Whose value it is, and which. It is authenticated with the value: a row copied to another user does not open. */
export interface ValueOwner {
  appId: string;
  userId: string;
  /** `sso-identifier`, `mfa-registration:` and the provider, or `third-party-data:` and vendor and element. */
  kind: string;
}

/** A value as it lies in a row. */
export interface SealedValue {
  sealedValue: string;
  keyId: string;
}

/** Encrypts what users' values are at rest, bound to their owner. */
@Injectable()
export class SealedValues {
  constructor(
    private readonly vault: Vault,
    private readonly keys: UserKeys,
  ) {}

  /** Seals with the user's own key, as {@link UserKeys.open} answers it. */
  seal(value: string, owner: ValueOwner, key: Vault): SealedValue {
    return { sealedValue: key.seal(value, contextOf(owner)), keyId: USER_KEY_ID };
  }

  /**
   * The value. `wrapped` is the key of the row's user, read in the same statement as the value. Throws (a fault) if it
   * is another owner's, was changed, or its key is not here.
   */
  open({ sealedValue, keyId }: SealedValue, owner: ValueOwner, wrapped: WrappedKey | undefined): string {
    return this.key(keyId, owner, wrapped).open(sealedValue, contextOf(owner));
  }

  private key(keyId: string, owner: ValueOwner, wrapped: WrappedKey | undefined): Vault {
    if (keyId === SERVICE_KEY_ID) return this.vault;
    if (keyId !== USER_KEY_ID || !wrapped) throw new Error(`no key ${keyId} to open a value with`);
    return this.keys.open(wrapped, owner.appId, owner.userId);
  }
}

// application and user ids hold no colon, so no two owners have one context
const contextOf = ({ appId, userId, kind }: ValueOwner): string => `${appId}:${userId}:${kind}`;
