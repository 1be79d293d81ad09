import { ALGORITHMS, CEREMONY_TIMEOUT_MS, type Passkey } from './passkey.types.ts';
import type { RelyingParty } from './relying-party.decide.ts';

export type UserVerification = 'required' | 'preferred';

interface Descriptor {
  type: 'public-key';
  id: string;
  transports?: string[];
}

/** LoginID's PublicKeyCredentialCreationOptions (contracts §1.4), bytes as base64url. */
export interface CreationOptions {
  rp: { name: string; id: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  timeout: number;
  attestation: 'none';
  authenticatorSelection: {
    authenticatorAttachment?: 'cross-platform';
    requireResidentKey: boolean;
    residentKey: 'preferred' | 'discouraged';
    userVerification: UserVerification;
  };
  excludeCredentials: Descriptor[];
  extensions: { credProps: true };
}

/** LoginID's PublicKeyCredentialRequestOptions: `allowCredentials` is always there, its SDK asks for it. */
export interface RequestOptions {
  rpId: string;
  challenge: string;
  allowCredentials: Descriptor[];
  userVerification: UserVerification;
  timeout: number;
}

type Known = Pick<Passkey, 'credentialId' | 'transports'>;

const descriptor = ({ credentialId, transports }: Known): Descriptor => ({
  type: 'public-key',
  id: credentialId,
  ...(transports.length > 0 && { transports }),
});

/** Options for making a passkey. `user.id` is the user's id, whose text is base64url of 16 bytes. */
export const creationOptions = (about: {
  rp: RelyingParty;
  user: { id: string; username: string; displayName?: string | undefined };
  challenge: string;
  exclude: readonly Known[];
  userVerification: UserVerification;
  securityKey?: boolean | undefined;
}): CreationOptions => ({
  rp: { name: about.rp.name, id: about.rp.id },
  user: {
    id: about.user.id,
    name: about.user.username,
    displayName: about.user.displayName || about.user.username,
  },
  challenge: about.challenge,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
  timeout: CEREMONY_TIMEOUT_MS,
  attestation: 'none',
  authenticatorSelection: {
    ...(about.securityKey && { authenticatorAttachment: 'cross-platform' as const }),
    requireResidentKey: false,
    // discoverable where the authenticator can: the browser's autofill finds no other
    residentKey: about.securityKey ? 'discouraged' : 'preferred',
    userVerification: about.userVerification,
  },
  excludeCredentials: about.exclude.map(descriptor),
  extensions: { credProps: true },
});

/** Options for showing a passkey; none allowed in particular: whichever the authenticator finds. */
export const requestOptions = (about: {
  rp: RelyingParty;
  challenge: string;
  allow: readonly Known[];
  userVerification: UserVerification;
}): RequestOptions => ({
  rpId: about.rp.id,
  challenge: about.challenge,
  allowCredentials: about.allow.map(descriptor),
  userVerification: about.userVerification,
  timeout: CEREMONY_TIMEOUT_MS,
});
