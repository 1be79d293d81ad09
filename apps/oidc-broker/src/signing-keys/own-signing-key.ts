import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningAlg } from '../clients/client.types.ts';
import type { PublicMembers } from './signing-key.types.ts';

const signInPool = promisify(sign) as (
  digest: string | null,
  data: Uint8Array,
  key: { key: KeyObject; dsaEncoding: 'ieee-p1363' },
) => Promise<Buffer>;

const DIGESTS: Record<SigningAlg, string | null> = { EdDSA: null, ES256: 'sha256', RS256: 'sha256' };

/**
 * A key as the provider signs with it: it is handed signatures and never the private key, so that nothing the provider
 * publishes can hold it (OP-20). Elliptic curves sign at once, handing the job to the thread pool costs more than the
 * signature; RSA takes milliseconds and goes there.
 */
export class OwnSigningKey extends ExternalSigningKey {
  private readonly publicKey: KeyObject;
  private readonly privateKey: KeyObject;

  constructor(
    kid: string,
    private readonly algorithm: SigningAlg,
    jwks: { publicJwk: PublicMembers; privateJwk: JsonWebKey },
  ) {
    super();
    Object.assign(this, { kid, alg: algorithm });
    this.publicKey = createPublicKey({ key: { ...jwks.publicJwk }, format: 'jwk' });
    this.privateKey = createPrivateKey({ key: jwks.privateJwk, format: 'jwk' });
  }

  override keyObject(): KeyObject {
    return this.publicKey;
  }

  override sign(data: Uint8Array): Promise<Buffer> | Buffer {
    const digest = DIGESTS[this.algorithm];
    if (digest === null) return sign(digest, data, this.privateKey);
    const key = { key: this.privateKey, dsaEncoding: 'ieee-p1363' as const };
    return this.algorithm === 'RS256' ? signInPool(digest, data, key) : sign(digest, data, key);
  }
}
