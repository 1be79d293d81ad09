import { type ServiceName } from '@countersign/contracts';
import { FixedClock } from '@countersign/kernel';
import { forge, hs256, signedBy, unsigned } from '../test/forge.ts';
import { testKeys } from '@countersign/testing';
import { decodeUnverified, generateKeyPair, ServiceIdentity, signJwt, TokenInvalid } from './index.ts';

describe('service tokens', () => {
  const { serviceKeys, servicesJwks } = testKeys();
  const clock = new FixedClock();
  const identityOf = (name: ServiceName) =>
    new ServiceIdentity({ name, privateJwk: serviceKeys[name], servicesJwks, clock });
  const mfa = identityOf('mfa-orchestrator');
  const tokens = identityOf('token-service');
  const sso = identityOf('sso-data');
  const refused = (token: string, callers: ServiceName[] = ['mfa-orchestrator'], at = tokens) =>
    expect(at.verify(token, callers)).rejects.toBeInstanceOf(TokenInvalid);
  const seconds = () => clock.now().getTime() / 1000;
  const key = { kid: kidOf('mfa-orchestrator'), alg: 'EdDSA', privateJwk: serviceKeys['mfa-orchestrator'] };
  const claims = () => ({
    iss: 'mfa-orchestrator',
    aud: 'token-service',
    iat: seconds(),
    exp: seconds() + 60,
    jti: 'j',
  });
  const typ = 'countersign-service+jwt';
  function kidOf(name: ServiceName): string {
    return servicesJwks.keys.find(({ service }) => service === name)!.kid;
  }

  it('design "Who may call": the one it is for learns who calls, for 60 seconds', async () => {
    const token = await mfa.issue('token-service');
    expect(await tokens.verify(token, ['sso-data', 'mfa-orchestrator'])).toEqual({
      caller: 'mfa-orchestrator',
    });
    expect(decodeUnverified(token).claims).toMatchObject({ iss: 'mfa-orchestrator', aud: 'token-service' });
    clock.advance(59);
    await tokens.verify(token, ['mfa-orchestrator']);
    clock.advance(1);
    await refused(token);
  });

  it('no two tokens have one jti', async () => {
    const jtis = await Promise.all(
      Array.from({ length: 20 }, async () => decodeUnverified(await mfa.issue('sso-data')).claims.jti),
    );
    expect(new Set(jtis).size).toBe(20);
  });

  it('a caller the route does not list is refused, whoever it is', async () => {
    const token = await sso.issue('token-service');
    await refused(token, ['mfa-orchestrator']);
    await refused(token, []);
    await tokens.verify(token, ['sso-data']);
  });

  it('a token for another service is refused', async () => {
    await refused(await mfa.issue('sso-data'));
    await refused(await mfa.issue('token-service'), ['mfa-orchestrator'], sso);
    await refused(await signJwt(key, { typ }, { ...claims(), aud: ['token-service'] }));
    await refused(await signJwt(key, { typ }, { ...claims(), aud: ['token-service', 'sso-data'] }));
  });

  it('a service cannot speak in another one’s name with its own key', async () => {
    const forged = { ...key, privateJwk: serviceKeys['sso-data'] };
    await refused(await signJwt(forged, { typ }, claims()));
    await refused(await signJwt({ ...forged, kid: kidOf('sso-data') }, { typ }, claims()));
  });

  it('a key that is not in the JWKS is refused, under any kid', async () => {
    const stranger = await generateKeyPair('EdDSA');
    await refused(await signJwt(stranger, { typ }, claims()));
    await refused(await signJwt({ ...stranger, kid: key.kid }, { typ }, claims()));
  });

  it('JWT-01, JWT-02: none and HS256 with the public key are refused', async () => {
    const x = servicesJwks.keys[0]!.x!;
    for (const [alg, sign] of [
      ['none', unsigned],
      ['HS256', hs256(x)],
      ['HS256', hs256(Buffer.from(x, 'base64url'))],
    ] as const) {
      await refused(forge({ alg, kid: key.kid, typ }, claims(), sign));
    }
  });

  it('security 27: a token of another type by the same key is refused', async () => {
    for (const other of ['at+jwt', 'JWT', 'COUNTERSIGN-SERVICE+JWT']) {
      await refused(await signJwt(key, { typ: other }, claims()));
    }
  });

  it('JWT-05: one that lives longer than 60 s, begins later, or lacks jti or iat is refused', async () => {
    await tokens.verify(await signJwt(key, { typ }, claims()), ['mfa-orchestrator']);
    await refused(await signJwt(key, { typ }, { ...claims(), exp: seconds() + 61 }));
    await refused(await signJwt(key, { typ }, { ...claims(), iat: seconds() + 11, exp: seconds() + 60 }));
    await refused(await signJwt(key, { typ }, { ...claims(), jti: undefined }));
    await refused(await signJwt(key, { typ }, { ...claims(), iat: undefined }));
    await refused(
      forge({ alg: 'EdDSA', kid: key.kid, typ }, { ...claims(), exp: undefined }, signedBy(key.privateJwk)),
    );
    await refused('');
    await refused('not a token');
  });

  it('a private key that is not the service’s own is noticed at start', () => {
    const start = () =>
      new ServiceIdentity({
        name: 'token-service',
        privateJwk: serviceKeys['sso-data'],
        servicesJwks,
        clock,
      });
    expect(start).toThrow('the service key of token-service');
  });
});
