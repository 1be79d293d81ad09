import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { algorithmOf, attestationFault, pageOf } from './ceremony-faults.ts';
import { ALGORITHMS, type AssertionResult, type CreationResult, type Passkey } from './passkey.types.ts';
import type { RelyingParty } from './relying-party.decide.ts';

/** What a ceremony must have been about. */
export interface Expected {
  challenge: string;
  rp: RelyingParty;
  /** Whether a ceremony without user verification counts for nothing. */
  userVerification: boolean;
}

/** What came of a ceremony; `why` it does not count is for tests and logs, never for the caller. */
export type Ceremony<T> = { ok: true; value: T } | { ok: false; why: string };

/** What an authenticator made. */
export type Created = Omit<
  Passkey,
  'id' | 'appId' | 'userId' | 'suspect' | 'name' | 'createdAt' | 'lastUsedAt' | 'lastUsedFrom'
>;

/** What an assertion says besides that it is right. */
export interface Asserted {
  userVerified: boolean;
  signCount: number;
  backedUp: boolean;
}

/** Longest credential id, in bytes (WebAuthn L3 §7.1 step 25). */
const LONGEST_ID = 1023;

/** Verifies a registration (WebAuthn L3 §7.1). Bytes come in as base64url. Never throws on what came from outside. */
export const verifyCreation = (result: CreationResult, expected: Expected): Promise<Ceremony<Created>> =>
  carefully(async () => {
    const page = pageOf(result.clientDataJSON, expected.rp);
    if ('why' in page) return failed(page.why);
    const fault = attestationFault(result.attestationObject);
    if (fault) return failed(fault);
    const { credentialId: id, clientDataJSON, attestationObject } = result;
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response: {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: page.origin,
      expectedRPID: expected.rp.id,
      requireUserVerification: expected.userVerification,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified) return failed('attestation');
    const { credential } = info;
    if (credential.id !== id || Buffer.from(id, 'base64url').length > LONGEST_ID)
      return failed('credential id');
    const algorithm = algorithmOf(credential.publicKey);
    if (algorithm === undefined) return failed('public key');
    return counts({
      credentialId: id,
      publicKey: credential.publicKey,
      algorithm,
      signCount: credential.counter,
      userVerified: info.userVerified,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
      aaguid: info.aaguid,
      transports: result.transports ?? [],
    });
  });

/**
 * Verifies an assertion of `passkey` (WebAuthn L3 §7.2), all but its counter: whoever cannot sign has no say in that.
 * Bytes come in as base64url. Never throws on what came from outside.
 */
export const verifyAssertion = (
  result: AssertionResult,
  passkey: Pick<Passkey, 'credentialId' | 'publicKey' | 'backupEligible'>,
  expected: Expected,
): Promise<Ceremony<Asserted>> =>
  carefully(async () => {
    const page = pageOf(result.clientDataJSON, expected.rp);
    if ('why' in page) return failed(page.why);
    const { credentialId: id, clientDataJSON, authenticatorData, signature, userHandle } = result;
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: { clientDataJSON, authenticatorData, signature, ...(userHandle && { userHandle }) },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: page.origin,
      expectedRPID: expected.rp.id,
      requireUserVerification: expected.userVerification,
      credential: { id: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    });
    if (!verified) return failed('signature');
    // whether it can be backed up is for life (§7.2 step 19)
    if ((info.credentialDeviceType === 'multiDevice') !== passkey.backupEligible)
      return failed('backup eligibility');
    const { userVerified, newCounter: signCount, credentialBackedUp: backedUp } = info;
    return counts({ userVerified, signCount, backedUp });
  });

const failed = (why: string): { ok: false; why: string } => ({ ok: false, why });
const counts = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

/** The library throws on everything that is wrong, and on bytes that are nothing at all. */
async function carefully<T>(ceremony: () => Promise<Ceremony<T>>): Promise<Ceremony<T>> {
  try {
    return await ceremony();
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'unreadable');
  }
}
