import type { Proof } from '../flows/proof.types.ts';
import type { Passkey } from './passkey.types.ts';

/**
 * What showing a passkey proves (blueprint of factors, RFC 8176): possession, and with user verification what the user
 * is or knows besides. Verification counts only by a passkey that could verify when it was made (WebAuthn L3 §7.2
 * step 24): whoever took a key without one could give it a PIN of their own (WA-04).
 */
export const passkeyProof = (passkey: Pick<Passkey, 'id' | 'userVerified'>, verified: boolean): Proof =>
  verified && passkey.userVerified
    ? {
        factor: 'passkey',
        reference: `passkey:${passkey.id}`,
        acr: 'aal2',
        amr: ['pop', 'user'],
        categories: ['possession', 'inherence'],
      }
    : {
        factor: 'passkey',
        reference: `passkey:${passkey.id}`,
        acr: 'aal1',
        amr: ['pop', 'user'],
        categories: ['possession'],
      };
