import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { DecisionRefused, memorySeenJti, verifyDecision } from './index.ts';

const signer = await generateKeyPair('EdDSA', { extractable: true });
const jwk = { ...(await exportJWK(signer.publicKey)), kid: 'k1', alg: 'EdDSA' };
const served = { requests: 0, status: 200 };
const server = createServer((_request, response) => {
  served.requests += 1;
  response.writeHead(served.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ keys: [jwk] }));
});
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const decision = (jti: string) =>
  new SignJWT({ outcome: 'allowed', subject_digest: 'd' })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'mfa-decision+jwt', kid: 'k1' })
    .setIssuer('x')
    .setAudience('demo')
    .setSubject('u')
    .setJti(jti)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(signer.privateKey);
const verify = async (jti: string, jwksUri: string) =>
  verifyDecision({
    decision: await decision(jti),
    jwksUri,
    appId: 'demo',
    subjectDigest: 'd',
    seenJti: memorySeenJti(),
  });

beforeAll(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
afterAll(() => new Promise((closed) => server.close(closed)));

describe('decision keys by jwksUri', () => {
  it('RP-10: they are fetched once and kept', async () => {
    await verify('a', `${base()}/jwks.json`);
    await verify('b', `${base()}/jwks.json`);
    expect(served.requests).toBe(1);
  });

  it('RP-10: keys that cannot be had release nothing, and are no verdict about the decision', async () => {
    served.status = 500;
    const failed = await verify('c', `${base()}/broken.json`).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).not.toBeInstanceOf(DecisionRefused);
  });
});
