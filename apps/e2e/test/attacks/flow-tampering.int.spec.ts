import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { verifiedDecision } from '../../src/decision.ts';
import { bearer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

const CLAIMS = {
  mfaRequired: false,
  nextAction: 'done',
  amr: ['hwk', 'pin'],
  aal: 3,
  acr: 'aal3',
  verified: true,
  state: 'completed',
  status: 'completed',
  isAuthenticated: true,
  satisfied: true,
  outcome: 'allowed',
  proven: true,
};
const HEADERS = {
  'x-mfa-required': 'false',
  'x-mfa-verified': 'true',
  'x-trusted-device': 'true',
  'x-skip-mfa': '1',
  'x-user-id': 'admin',
  'x-acr': 'aal3',
  cookie: 'mfa=completed; verified=true; trusted=1',
};
const QUERY = '?mfaRequired=false&verified=true&state=completed&acr=aal3';

describe('attacks on the flow', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('tampering');
    bank = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
    await bank.policy('twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
  });
  afterAll(() => system?.close());

  it('ST-04: claims in body, query and headers change nothing on /fido2/v2', async () => {
    const challenge = await bank.transaction('Ann', { requires: 'twice' });
    const begun = await bank.call('POST', `/fido2/v2/mfa/begin${QUERY}`, {
      body: { beginTicket: challenge.beginTicket, ...CLAIMS },
      headers: HEADERS,
    });
    expect([begun.status, begun.body.nextAction]).toEqual([200, 'external']);
    const step = async (token: string, session: string) =>
      bank.call('POST', `/fido2/v2/mfa/third-party/verify${QUERY}`, {
        authorization: session,
        body: { ...CLAIMS, token },
        headers: HEADERS,
      });
    expect((await step('x'.repeat(43), begun.body.session)).status).toBe(401);
    const first = await step(await bank.grant('Ann', { challengeId: challenge.id }), begun.body.session);
    expect([first.status, first.body.nextAction]).toEqual([401, 'external']);
    const done = await step(
      await bank.grant('Ann', { challengeId: challenge.id, acr: 'aal3', amr: ['hwk'] }),
      first.body.session,
    );
    expect(await verifiedDecision(bank, done.body.payloadSignature)).toMatchObject({
      amr: ['ext'],
      acr: 'aal1',
    });
  });

  it('ST-04: the same claims are 400 on every /v1 body, and in every query', async () => {
    const challenge = await bank.transaction('Ben');
    const page = await bank.beginChallenge(challenge.id);
    const bodies: [string, string, object][] = [
      ['POST', '/v1/audit-actions', bank.action('Ben')],
      ['POST', '/v1/challenges', { context: 'transaction', username: 'Ben', transactionIds: ['t'] }],
      ['POST', '/v1/patrol-rules', { name: 'x', auditAction: 'x', requires: 'external' }],
      ['POST', '/v1/patrol-rules/dry-run', bank.action('Ben')],
      ['PUT', '/v1/policies/x', { offers: ['external'], satisfiedBy: [['external']] }],
      ['PUT', '/v1/external-tokens', { flowId: page.flowId, username: 'Ben', token: 'x'.repeat(40) }],
      ['PUT', '/v1/sso-identifiers/ben', { value: 'x' }],
      ['POST', '/v1/api-keys', { scopes: [] }],
    ];
    for (const [method, path, body] of bodies)
      for (const [name, value] of Object.entries(CLAIMS)) {
        // the one place where methods are claimed; they are cut to what the key may claim (EXT-12)
        if (path === '/v1/external-tokens' && name === 'amr') continue;
        const answer = await bank.api(method, path, { ...body, [name]: value });
        expect([path, name, answer.status, answer.body.code]).toEqual([path, name, 400, 'request/invalid']);
      }
    expect((await bank.api('GET', `/v1/challenges${QUERY}`)).status).toBe(400);
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
  });

  it('security 36: members that would change prototypes are refused or have no effect', async () => {
    for (const body of ['{"__proto__":{"proven":true}}', '{"constructor":{"prototype":{"proven":true}}}']) {
      expect((await bank.call('POST', '/fido2/v2/mfa/begin', { body })).status).toBe(400);
      expect((await bank.api('POST', '/v1/audit-actions', body)).status).toBe(400);
    }
    expect(({} as { proven?: boolean }).proven).toBeUndefined();
  });

  it('ST-06: after the first of two factors nothing that was said anywhere can be used as a token', async () => {
    const two = await system.bank({ settings: { defaultPolicies: { login: 'twice' } } });
    await two.policy('twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
    const page = await two.login('Cleo');
    const first = await page.verify(await two.grant('Cleo', { flowId: page.flowId }));
    const current = await page.current();
    await system.settled();
    const said = [page.begun, first.body, current.body, first.headers, current.headers].map((part) =>
      JSON.stringify(part),
    );
    const events = system.bus.seen.filter(({ text }) => text.includes(page.flowId)).map(({ text }) => text);
    const rows = await Promise.all(
      (['mfa-orchestrator', 'token-service'] as const).map((name) =>
        system.rows<{ text: string }>(name, `SELECT convert_from(body, 'UTF8') AS text FROM outbox`),
      ),
    );
    for (const text of [...said, ...events, ...rows.flat().map(({ text }) => text)].filter(
      (t) => !t.includes('mfa.decision'),
    ))
      expect(text).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/);
    expect([first, current].map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined]);
    const issued = await system.rows('token-service', 'SELECT 1 FROM issued_tokens WHERE flow_id = $1', [
      page.flowId,
    ]);
    expect(issued).toEqual([]);
    // the session itself is none
    const verified = await two.api('POST', '/fido2/v2/mgmt/token/verify', { jwtAccess: page.session });
    expect(verified.status).toBe(401);
    const challenge = await two.transaction('Cleo');
    const begun = await two.tryBegin({ challengeId: challenge.id }, { authorization: bearer(page.session) });
    expect(begun.status).toBe(401);
  });

  it('ST-12: no step is skipped, repeated, or taken in another order', async () => {
    const challenge = await bank.transaction('Dora', { requires: 'twice' });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const start = page.session;
    for (const path of [
      'complete',
      'passkey/auth',
      'passkey/tx',
      'otp/verify',
      'payload',
      'third-party/complete',
    ])
      expect([400, 403, 404]).toContain(
        (await page.repeat(path, { token: 'x', payload: 'p', otp: '1' })).status,
      );
    const token = await bank.grant('Dora', { flowId: page.flowId });
    expect((await page.verify(token)).body.session).toBeDefined();
    // the same proof again is no second proof
    const again = await page.verify(token);
    expect([again.status, again.body.session]).toEqual([401, undefined]);
    // the step before is over, for another token
    const other = await bank.grant('Dora', { flowId: page.flowId });
    expect((await page.repeat('third-party/verify', { token: other }, start)).status).toBe(401);
    expect((await page.verify(other)).status).toBe(200);
    for (const path of ['third-party/verify', 'deny', 'abandon']) {
      const after = await page.repeat(path, { token: other, and: 1 });
      expect([after.status, after.body.session]).toEqual([401, undefined]);
    }
    expect((await bank.challenge(challenge.id)).status).toBe('completed');
  });

  it('ST-17: a policy raised between begin and verify holds', async () => {
    await bank.policy('soft', { offers: ['external'], satisfiedBy: [['external']] });
    const challenge = await bank.transaction('Egon', { requires: 'soft' });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const token = await bank.grant('Egon', { flowId: page.flowId });
    await bank.policy('soft', { offers: ['external'], satisfiedBy: [['external']], minAcr: 'aal2' });
    const answer = await page.verify(token);
    expect([answer.status, answer.body.nextAction]).toEqual([401, 'external']);
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    const strong = await bank.key(['external:verify'], { acr: 'aal2' });
    const done = await page.verify(await bank.grant('Egon', { flowId: page.flowId }, strong.key));
    expect(await verifiedDecision(bank, done.body.payloadSignature)).toMatchObject({ acr: 'aal2' });
  });

  it('ST-17: a policy that is deleted between begin and verify lets nobody through', async () => {
    await bank.policy('short-lived', { offers: ['external'], satisfiedBy: [['external']] });
    const challenge = await bank.transaction('Fred', { requires: 'short-lived' });
    const [page, ticket] = [
      await bank.begin({ beginTicket: challenge.beginTicket }),
      await bank.ticket(challenge.id),
    ];
    const token = await bank.grant('Fred', { flowId: page.flowId });
    expectStatus(await bank.api('DELETE', '/v1/policies/short-lived'), 204);
    const answer = await page.verify(token);
    expect([answer.status, answer.body.session]).toEqual([403, undefined]);
    expect((await bank.tryBegin({ beginTicket: ticket })).status).toBe(403);
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
  });

  it('ST-17: an access token of a deleted user opens nothing', async () => {
    const login = await bank.login('Gina');
    const { accessToken } = expectStatus(await login.verify(await bank.grant('Gina')), 200);
    expectStatus(await bank.api('DELETE', '/v1/users/gina'), 204);
    const challenge = await bank.transaction('Gina');
    const answer = await bank.tryBegin({ challengeId: challenge.id }, { authorization: bearer(accessToken) });
    expect(answer.status).toBe(401);
  });
});
