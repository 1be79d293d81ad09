import {
  cose,
  decodeAttestationObject,
  decodeClientDataJSON,
  decodeCredentialPublicKey,
  isoBase64URL,
} from '@simplewebauthn/server/helpers';
import { originAllowed, type RelyingParty } from './relying-party.decide.ts';

/** The origin an authenticator was asked from, if it may be asked from there; else what is wrong with the page. */
export function pageOf(clientDataJSON: string, rp: RelyingParty): { origin: string } | { why: string } {
  const said: { origin?: unknown; crossOrigin?: unknown; topOrigin?: unknown } =
    decodeClientDataJSON(clientDataJSON);
  // no page of somebody else's frames ours (WebAuthn L3 §7.1 steps 10-11, §7.2 steps 14-15; WA-03)
  if (said.crossOrigin !== undefined && said.crossOrigin !== false) return { why: 'cross-origin' };
  if (said.topOrigin !== undefined) return { why: 'top origin' };
  if (typeof said.origin !== 'string' || !originAllowed(said.origin, rp)) return { why: 'origin' };
  return { origin: said.origin };
}

/**
 * What forbids this attestation, if anything does. None was asked for: one with certificates is not looked at, for
 * looking would mean fetching what they point to (SSRF).
 */
export function attestationFault(attestationObject: string): string | undefined {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  if (!(attestation instanceof Map)) return 'attestation';
  const format = attestation.get('fmt') as string;
  const statement: unknown = attestation.get('attStmt');
  if (!(statement instanceof Map) || !(attestation.get('authData') instanceof Uint8Array))
    return 'attestation';
  if (format === 'none') return undefined;
  return format === 'packed' && !statement.has('x5c') ? undefined : 'attestation format';
}

/** Shortest RSA modulus accepted, in bytes: 2048 bits (NIST SP 800-131A). */
const RSA_BYTES = 256;

/** The algorithm of a credential's key; undefined where curve or size do not go with it (WebAuthn L3 §5.8.5). */
export function algorithmOf(publicKey: Uint8Array): number | undefined {
  const key = decodeCredentialPublicKey(Uint8Array.from(publicKey)) as unknown as Map<number, unknown>;
  const algorithm = key.get(cose.COSEKEYS.alg);
  const curve = key.get(cose.COSEKEYS.crv);
  const modulus = key.get(cose.COSEKEYS.n);
  switch (algorithm) {
    case cose.COSEALG.ES256:
      return curve === cose.COSECRV.P256 ? algorithm : undefined;
    case cose.COSEALG.EdDSA:
      return curve === cose.COSECRV.ED25519 ? algorithm : undefined;
    case cose.COSEALG.RS256:
      return modulus instanceof Uint8Array && modulus.length >= RSA_BYTES ? algorithm : undefined;
    default:
      return undefined;
  }
}
