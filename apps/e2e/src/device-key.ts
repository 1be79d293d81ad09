import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The key a browser or phone keeps for an application, and the trust ids it makes (contracts §1.8). */
export class DeviceKey {
  readonly jwk: Record<string, unknown>;
  readonly privateKey: KeyObject;

  constructor(namedCurve = 'P-256') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    this.privateKey = privateKey;
    this.jwk = publicKey.export({ format: 'jwk' }) as Record<string, unknown>;
  }

  /** A trust id as LoginID's web SDK makes it; `header` and `claims` are laid over. */
  trustId(claims: object = {}, header: object = {}): string {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const text = `${part({ alg: 'ES256', jwk: this.jwk, ...header })}.${part({ id: 'ABCDEFGHIJKLMNOPQRSTUVWXY', exp, ...claims })}`;
    const signature = sign('sha256', Buffer.from(text), { key: this.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  /** A trust id "signed" by an HMAC with the public key as secret. */
  hs256(): string {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const text = `${part({ alg: 'HS256', jwk: this.jwk })}.${part({ id: randomBytes(8).toString('hex'), exp })}`;
    const mac = createHmac('sha256', JSON.stringify(this.jwk)).update(text).digest('base64url');
    return `${text}.${mac}`;
  }
}
