import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Cbor } from './cbor.ts';

/** Keys of authenticators: those that are offered, and some that are not. */
export type KeyKind = 'ES256' | 'EdDSA' | 'RS256' | 'ES384' | 'RS256-1024';

const bytes = (jwkMember: unknown) => new Uint8Array(Buffer.from(String(jwkMember), 'base64url'));

/** A fresh key, with its public half in COSE. */
export function newKey(kind: KeyKind): { privateKey: KeyObject; cose: Map<number, Cbor> } {
  if (kind === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: new Map<number, Cbor>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(x)],
      ]),
    };
  }
  if (kind === 'RS256' || kind === 'RS256-1024') {
    const modulusLength = kind === 'RS256' ? 2048 : 1024;
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const { n, e } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: new Map<number, Cbor>([
        [1, 3],
        [3, -257],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]),
    };
  }
  const [namedCurve, alg, crv] = kind === 'ES256' ? ['P-256', -7, 1] : ['P-384', -35, 2];
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: String(namedCurve) });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, Cbor>([
    [1, 2],
    [3, Number(alg)],
    [-1, Number(crv)],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ]);
  return { privateKey, cose };
}

/** The signature an authenticator makes with it. */
export function signWith(
  { kind, privateKey }: { kind: KeyKind; privateKey: KeyObject },
  data: Uint8Array,
): Buffer {
  if (kind === 'EdDSA') return sign(null, data, privateKey);
  return sign(kind === 'ES384' ? 'sha384' : 'sha256', data, privateKey);
}
