import type { SigningAlg } from '../clients/client.types.ts';

/** A key that signs an application's tokens, or did. */
export interface SigningKey {
  kid: string;
  appId: string;
  alg: SigningAlg;
  status: 'active' | 'retiring';
  /** Public members alone. */
  publicJwk: Record<string, unknown>;
  sealedPrivateJwk: string;
  createdAt: Date;
  retiresAt: Date | null;
}

export type NewSigningKey = Omit<SigningKey, 'createdAt' | 'retiresAt' | 'status'>;
