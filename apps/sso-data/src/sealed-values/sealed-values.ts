import { Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Which key sealed a value. A key per user comes beside it, so every row says which one it was. */
export const SERVICE_KEY_ID = 'service';

/** Whose value it is, and which. It is authenticated with the value: a row copied to another user does not open. */
export interface ValueOwner {
  appId: string;
  userId: string;
  /** `sso-identifier`, or `mfa-registration:` and the provider. */
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
  constructor(private readonly vault: Vault) {}

  seal(value: string, owner: ValueOwner): SealedValue {
    return { sealedValue: this.vault.seal(value, contextOf(owner)), keyId: SERVICE_KEY_ID };
  }

  /** The value. Throws (a fault) if it is another owner's, was changed, or its key is not here. */
  open({ sealedValue, keyId }: SealedValue, owner: ValueOwner): string {
    if (keyId !== SERVICE_KEY_ID) throw new Error(`no key ${keyId} to open a value with`);
    return this.vault.open(sealedValue, contextOf(owner));
  }
}

// application and user ids hold no colon, so no two owners have one context
const contextOf = ({ appId, userId, kind }: ValueOwner): string => `${appId}:${userId}:${kind}`;
