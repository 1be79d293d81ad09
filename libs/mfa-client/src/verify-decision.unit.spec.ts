import { FixedClock } from '@countersign/kernel';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { DecisionRefused, memorySeenJti, subjectDigest, verifyDecision } from './index.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const parked = {
  appId: 'demo',
  username: 'Dana',
  name: 'ChangeAddress',
  auditActionId: 'aa-1',
  details: { street: 'Elm 1', zip: 12345 },
};
const signer = await generateKeyPair('EdDSA', { extractable: true });
const publicJwk = { ...(await exportJWK(signer.publicKey)), kid: 'k1', alg: 'EdDSA' };
const jwks = { keys: [publicJwk] };
const seconds = (offset = 0) => Math.floor(NOW.getTime() / 1000) + offset;

const claimsOf = async (changed: object = {}) => ({
  iss: 'https://countersign.example/mfa',
  aud: 'demo',
  sub: 'AAAAAAAAAAAAAAAAAAAAAA',
  jti: 'j-1',
  iat: seconds(),
  exp: seconds(300),
  outcome: 'allowed',
  audit_action_id: 'aa-1',
  subject_digest: await subjectDigest(parked),
  ...changed,
});
const sign = async (changed: object = {}, header: object = {}, key: CryptoKey = signer.privateKey) =>
  new SignJWT(await claimsOf(changed))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'mfa-decision+jwt', kid: 'k1', ...header })
    .sign(key);
const check = (decision: string, changed: object = {}) =>
  verifyDecision({
    decision,
    jwks,
    appId: 'demo',
    subject: parked,
    seenJti: memorySeenJti(),
    now: NOW,
    ...changed,
  });
const refused = (reason: string) => expect.objectContaining({ name: 'DecisionRefused', reason });

describe('verifyDecision (interface: what a host checks before it releases anything)', () => {
  it('an allowed decision about what was parked gives its claims', async () => {
    expect(await check(await sign())).toMatchObject({
      outcome: 'allowed',
      audit_action_id: 'aa-1',
      jti: 'j-1',
    });
  });

  it('not-required releases too', async () => {
    expect((await check(await sign({ outcome: 'not-required' }))).outcome).toBe('not-required');
  });

  it.each(['denied', 'expired', 'cancelled', 'too-late', 'something-new', '', true])(
    'outcome %p releases nothing',
    async (outcome) => {
      await expect(check(await sign({ outcome }))).rejects.toEqual(refused('outcome'));
    },
  );

  it('the digest that was kept serves instead of the subject', async () => {
    const kept = await subjectDigest(parked);
    const options = { decision: await sign(), jwks, appId: 'DEMO', seenJti: memorySeenJti(), now: NOW };
    expect((await verifyDecision({ ...options, subjectDigest: kept })).sub).toHaveLength(22);
  });

  it.each([
    ['other details', { ...parked, details: { street: 'Elm 2', zip: 12345 } }],
    ['another spelling of the username', { ...parked, username: 'dana' }],
    ['another action', { ...parked, name: 'ChangePhone' }],
    ['no details', { ...parked, details: undefined }],
    ['a transaction', { appId: 'demo', username: 'Dana', transactionIds: ['aa-1'] }],
  ])('EXT-02: an approval covers one subject: %s', async (_case, subject) => {
    await expect(check(await sign(), { subject })).rejects.toEqual(refused('subject'));
  });

  it('nothing to compare with is an error of the caller, not a match', async () => {
    const decision = await sign();
    await expect(check(decision, { subject: undefined })).rejects.toBeInstanceOf(TypeError);
    const options = { decision, jwks, appId: 'demo', seenJti: memorySeenJti(), now: NOW };
    await expect(verifyDecision({ ...options, subjectDigest: '' })).rejects.toBeInstanceOf(TypeError);
  });
});

describe('verifyDecision: single use', () => {
  it('the same decision releases once', async () => {
    const seenJti = memorySeenJti(new FixedClock(NOW));
    const decision = await sign();
    await check(decision, { seenJti });
    await expect(check(decision, { seenJti })).rejects.toEqual(refused('replay'));
  });

  it('of many at once exactly one gets through', async () => {
    const seenJti = memorySeenJti(new FixedClock(NOW));
    const decision = await sign();
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => check(decision, { seenJti })));
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  it('a decision that fails another check is not used up', async () => {
    const seenJti = memorySeenJti(new FixedClock(NOW));
    const decision = await sign();
    await expect(check(decision, { seenJti, subject: { ...parked, name: 'Other' } })).rejects.toThrow(
      DecisionRefused,
    );
    expect((await check(decision, { seenJti })).jti).toBe('j-1');
  });

  it('a store that fails or says nothing releases nothing', async () => {
    const failing = () => Promise.reject(new Error('store is down'));
    await expect(check(await sign(), { seenJti: failing })).rejects.toThrow('store is down');
    await expect(check(await sign(), { seenJti: () => undefined })).rejects.toEqual(refused('replay'));
  });

  it('the memory forgets a jti only when its decision has expired', () => {
    const clock = new FixedClock(NOW);
    const seen = memorySeenJti(clock);
    const until = new Date(NOW.getTime() + 300_000);
    expect([seen('a', until), seen('a', until)]).toEqual([false, true]);
    clock.advance(299);
    expect(seen('a', until)).toBe(true);
    clock.advance(2);
    expect(seen('a', until)).toBe(false);
  });
});

describe('verifyDecision: token checks', () => {
  it('JWT-01: unsigned is refused', async () => {
    const unsigned = new UnsecuredJWT(await claimsOf()).encode();
    await expect(check(unsigned)).rejects.toBeInstanceOf(DecisionRefused);
    const [, body] = (await sign()).split('.');
    const none = btoa(JSON.stringify({ alg: 'none', typ: 'mfa-decision+jwt', kid: 'k1' })).replaceAll(
      '=',
      '',
    );
    await expect(check(`${none}.${body}.`)).rejects.toBeInstanceOf(DecisionRefused);
  });

  it('JWT-02: HS256 with the public key as secret, ES256 and an unknown kid are refused', async () => {
    const hmac = await new SignJWT(await claimsOf())
      .setProtectedHeader({ alg: 'HS256', typ: 'mfa-decision+jwt', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(publicJwk)));
    await expect(check(hmac)).rejects.toEqual(refused('signature'));
    const es256 = await generateKeyPair('ES256', { extractable: true });
    const withEs256 = {
      keys: [publicJwk, { ...(await exportJWK(es256.publicKey)), kid: 'k2', alg: 'ES256' }],
    };
    const other = await sign({}, { alg: 'ES256', kid: 'k2' }, es256.privateKey);
    await expect(check(other, { jwks: withEs256 })).rejects.toEqual(refused('signature'));
    await expect(check(await sign({}, { kid: 'k9' }))).rejects.toEqual(refused('signature'));
  });

  it('a signature of another key under our kid is refused', async () => {
    const foreign = await generateKeyPair('EdDSA');
    await expect(check(await sign({}, {}, foreign.privateKey))).rejects.toEqual(refused('signature'));
  });

  it.each(['at+jwt', 'JWT', 'countersign-service+jwt', undefined])(
    'RFC 8725 §3.11: typ %p is refused',
    async (typ) => {
      await expect(check(await sign({}, { typ }))).rejects.toEqual(refused('type'));
    },
  );

  it('JWT-06: a decision for another application, or for several, is refused', async () => {
    await expect(check(await sign({ aud: 'other' }))).rejects.toEqual(refused('audience'));
    await expect(check(await sign({ aud: ['demo', 'other'] }))).rejects.toEqual(refused('audience'));
    await expect(check(await sign({ aud: ['demo'] }))).rejects.toEqual(refused('audience'));
  });

  it('the issuer counts where it is given', async () => {
    await expect(check(await sign(), { issuer: 'https://elsewhere.example' })).rejects.toEqual(
      refused('issuer'),
    );
  });

  it('EXT-09: it expires, and tolerance is at most a minute', async () => {
    const at = (offset: number) => ({ now: new Date((seconds() + offset) * 1000) });
    const decision = await sign();
    await expect(check(decision, at(299))).resolves.toBeDefined();
    await expect(check(decision, at(300))).rejects.toEqual(refused('expired'));
    await expect(check(decision, { ...at(305), clockToleranceSeconds: 10 })).resolves.toBeDefined();
    await expect(check(decision, { ...at(361), clockToleranceSeconds: 9999 })).rejects.toEqual(
      refused('expired'),
    );
  });

  it.each(['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'outcome', 'subject_digest'])(
    'RP-04: a decision without %s is refused',
    async (claim) => {
      await expect(check(await sign({ [claim]: undefined }))).rejects.toBeInstanceOf(DecisionRefused);
    },
  );

  it.each(['', 'x', 'a.b.c', '..', 'null'])('%p is no decision', async (text) => {
    await expect(check(text)).rejects.toBeInstanceOf(DecisionRefused);
  });

  it('no keys given is an error of the caller', async () => {
    await expect(check(await sign(), { jwks: undefined })).rejects.toBeInstanceOf(TypeError);
  });
});
