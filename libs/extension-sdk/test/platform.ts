import { type CryptoKey, exportJWK, FlattenedSign, generateKeyPair, type JSONWebKeySet } from 'jose';

export const ISSUER = 'https://platform.example/apps/bank';
export const AUDIENCE = 'https://partner.example/sso';
export const NOW = new Date('2026-01-01T00:00:00Z');
const seconds = NOW.getTime() / 1000;
let made = 0;

/** What the platform sends, before it is signed. */
export const bodyOf = (changed: object = {}) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  iat: seconds,
  jti: `request-${++made}`,
  app_id: 'bank',
  vendor_id: 'example',
  vendor_configs: {},
  sso_identifier: null,
  ...changed,
});

/** A platform with a key pair of its own; its parts are jose's, not the SDK's. */
export async function platform(kid = 'k1', alg: 'EdDSA' | 'ES256' = 'EdDSA') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg };
  const jwks: JSONWebKeySet = { keys: [jwk] };

  /** The detached signature over exactly `text`. */
  const sign = async (text: string, header: object = {}, key: CryptoKey | Uint8Array = privateKey) => {
    const jws = await new FlattenedSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg, kid, typ: 'sso-request+jws', ...header })
      .sign(key);
    return `${jws.protected}..${jws.signature}`;
  };

  /** A request to the handler as the platform makes it: what `fetch` takes. */
  const requestOf = async (changed: object = {}, header: object = {}) => {
    const body = bodyOf(changed);
    const text = JSON.stringify(body);
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': String(body.jti),
        'countersign-signature': await sign(text, header),
      },
      body: text,
    };
  };
  return { jwk, jwks, sign, requestOf };
}
