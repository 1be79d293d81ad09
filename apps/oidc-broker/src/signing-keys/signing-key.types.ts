import type { SigningAlg } from '../clients/client.types.ts';

/** What others verify with: the members of a public key (RFC 7517), and no others. */
export interface PublicMembers {
  kty: string;
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
}

/** A key that signs an application's tokens, or did. */
export interface SigningKey {
  kid: string;
  appId: string;
  alg: SigningAlg;
  status: 'active' | 'retiring';
  publicJwk: PublicMembers;
  sealedPrivateJwk: string;
  createdAt: Date;
  retiresAt: Date | null;
}

export type NewSigningKey = Omit<SigningKey, 'createdAt' | 'retiresAt' | 'status'>;
