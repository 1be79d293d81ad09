import { randomUUID } from 'node:crypto';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { type Answer, basic, bearer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

const refusedWithoutSession = ({ status, body }: Answer) =>
  expect([status, body.session]).toEqual([401, undefined]);
const ownToken = () => randomUUID().replaceAll('-', '');

describe('external tokens: set or granted, then verified', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('external_tokens');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const grant = (body: unknown, authorization: string | undefined) =>
    bank.call('POST', '/fido2/v2/mgmt/grant/external-auth', {
      body,
      ...(authorization && { authorization }),
    });

  it('contracts L4: 200 with a token; 400 without a username; 401 without or with a bad key; 403 without the scope', async () => {
    const { key } = await bank.key(['external:verify']);
    const forms = [basic(key), bearer(key), `Basic ${Buffer.from(key).toString('base64')}`];
    for (const form of forms)
      expect((await grant({ username: 'Ann' }, form)).body.token).toMatch(/^[\w-]{43}$/);
    for (const body of [{}, { username: '' }, { username: 7 }, undefined])
      expect((await grant(body, basic(key))).status).toBe(400);
    for (const bad of [undefined, 'Basic !!', basic('csk_wrong'), bearer('csk_wrong'), key])
      expect((await grant({ username: 'Ann' }, bad)).status).toBe(401);
    const lacking = await bank.key(['challenge:write', 'app:write']);
    const { status, body } = await grant({ username: 'Ann' }, basic(lacking.key));
    expect([status, body.msgCode]).toEqual([403, 'forbidden']);
  });

  it('contracts 1.10: the scope is known by both spellings', async () => {
    const spelled = { appId: bank.appId, scopes: ['external-verify'] };
    const made = expectStatus(await system.asPlatform('POST', '/v1/api-keys', { body: spelled }), 201);
    expect(made.scopes).toEqual(['external:verify']);
    expect((await grant({ username: 'Ann' }, basic(made.key))).status).toBe(200);
  });

  it('a flow or challenge id that cannot be one is one that does not exist: 404', async () => {
    const set = await bank.api('PUT', '/v1/external-tokens', {
      username: 'Ann',
      flowId: '0',
      token: ownToken(),
    });
    expect([set.status, set.body.code]).toEqual([404, 'token/flow-not-found']);
    for (const id of ['flowId', 'challengeId'])
      expect((await grant({ username: 'Ann', [id]: '0' }, basic(bank.apiKey))).status).toBe(404);
  });

  it('EXT-06: another application’s key 404, revoked 401, an MFA session, a cookie or a page’s origin never', async () => {
    const other = await system.bank();
    expect((await grant({ username: 'Ann' }, basic(other.apiKey))).status).toBe(404);
    const { key, keyId } = await bank.key(['external:verify']);
    expectStatus(await bank.api('DELETE', `/v1/api-keys/${keyId}`), 204);
    expect((await grant({ username: 'Ann' }, basic(key))).status).toBe(401);
    const page = await bank.login('Ann');
    expect((await grant({ username: 'Ann' }, page.session)).status).toBe(401);
    expect((await grant({ username: 'Ann' }, bearer(page.session))).status).toBe(401);
    const path = '/fido2/v2/mgmt/grant/external-auth';
    const origin = 'https://page.example';
    const cookie = await bank.call('POST', path, {
      body: {},
      headers: { cookie: `key=${bank.apiKey}`, origin },
    });
    expect(cookie.status).toBe(401);
    const answered = await bank.api('POST', path, { username: 'Ann' }, { headers: { origin } });
    expect(answered.headers).not.toHaveProperty('access-control-allow-origin');
    const preflight = await bank.call('OPTIONS', path, {
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
  });

  it('EXT-06: a revoked key’s tokens, granted before, are refused', async () => {
    const { key, keyId } = await bank.key(['external:verify']);
    const page = await bank.login('Bea');
    const token = await bank.grant('Bea', { flowId: page.flowId }, key);
    expectStatus(await bank.api('DELETE', `/v1/api-keys/${keyId}`), 204);
    refusedWithoutSession(await page.verify(token));
  });

  it('contracts L6, EXT-02: user A’s token is refused in user B’s flow, and the refusal is a security event', async () => {
    const a = await bank.login('Cara');
    const b = await bank.login('Dora');
    refusedWithoutSession(await b.verify(await bank.grant('Cara')));
    refusedWithoutSession(await b.verify(await bank.grant('Cara', { flowId: a.flowId })));
    await system.settled();
    const refused = system.bus.events('token.external-token.refused.v1', { flowId: b.flowId });
    expect(refused.map(({ data }) => data.reason)).toEqual(['other-user', 'other-user']);
    expect(system.bus.events('mfa.flow.factor-refused.v1', { flowId: b.flowId })).toHaveLength(2);
    expect(
      (await bank.call('GET', '/v1/flows/current', { authorization: b.session })).body.isAuthenticated,
    ).toBe(false);
  });

  it('EXT-02: naming a flow or challenge of somebody else is 403; one of another application 404', async () => {
    const a = await bank.login('Edda');
    const challenge = await bank.transaction('Edda');
    const other = await system.bank();
    const foreign = await other.login('Edda');
    const key = basic(bank.apiKey);
    expect((await grant({ username: 'Fynn', flowId: a.flowId }, key)).status).toBe(403);
    expect((await grant({ username: 'Fynn', challengeId: challenge.id }, key)).status).toBe(403);
    expect((await grant({ username: 'Edda', flowId: foreign.flowId }, key)).status).toBe(404);
    expect((await grant({ username: 'Edda', flowId: randomUUID() }, key)).status).toBe(404);
    expect((await grant({ username: 'Edda', flowId: a.flowId, challengeId: challenge.id }, key)).status).toBe(
      404,
    );
    const put = (username: string, flowId: string) => bank.setToken(username, flowId, ownToken());
    expect((await put('Fynn', a.flowId)).status).toBe(403);
    expect((await put('Edda', foreign.flowId)).status).toBe(404);
    expect((await put('edda', a.flowId)).status).toBe(204);
  });

  it('contracts L6, seed Q2: used, replaced, foreign, absent and made-up tokens are refused alike', async () => {
    const first = await bank.login('Gina');
    const token = await bank.grant('Gina', { flowId: first.flowId });
    expectStatus(await first.verify(token), 200);
    const page = await bank.login('Gina');
    const other = await system.bank();
    const foreign = await other.grant('Gina');
    const earlier = await bank.grant('Gina', { flowId: page.flowId });
    await bank.grant('Gina', { flowId: page.flowId });
    const texts = new Set<string>();
    for (const wrong of [token, foreign, earlier, ownToken()]) {
      const answer = await page.verify(wrong);
      refusedWithoutSession(answer);
      texts.add(answer.text);
    }
    expect(texts.size).toBe(1);
    for (const absent of [{}, { token: '' }, { token: null }, { token: ['x'] }, { token: 'x'.repeat(5000) }])
      expect((await page.step('third-party/verify', absent)).status).toBe(400);
  });

  it('seed Q3: a set token belongs to its flow; another flow of the same user cannot use it', async () => {
    const [one, two] = [await bank.login('Hans'), await bank.login('Hans')];
    const token = ownToken();
    expectStatus(await bank.setToken('Hans', one.flowId, token), 204);
    refusedWithoutSession(await two.verify(token));
    // what was refused elsewhere is not spent
    expect((await one.verify(token)).status).toBe(200);
  });

  it('seed Q1: completed when, and only when, the tokens match; a later set replaces an earlier one', async () => {
    const page = await bank.login('Ines');
    const [old, current] = [ownToken(), ownToken()];
    refusedWithoutSession(await page.verify(current));
    expectStatus(await bank.setToken('Ines', page.flowId, old), 204);
    expectStatus(await bank.setToken('Ines', page.flowId, current), 204);
    refusedWithoutSession(await page.verify(old));
    refusedWithoutSession(await page.verify(`${current} `));
    expect((await page.verify(current)).status).toBe(200);
    const ended = await bank.setToken('Ines', page.flowId, ownToken());
    expect(ended.status).toBe(409);
  });

  it('interface: a grant that names no flow fits logins open now, and none that begin later', async () => {
    const before = await bank.login('Jana');
    const token = await bank.grant('Jana');
    const later = await bank.login('Jana');
    refusedWithoutSession(await later.verify(token));
    expect((await before.verify(token)).status).toBe(200);
    expect((await grant({ username: `nobody-${randomUUID()}` }, basic(bank.apiKey))).status).toBe(200);
  });

  it('EXT-12: a key limited to contexts vouches in no other; its acr is what policy sees', async () => {
    const { key } = await bank.key(['external:verify'], { contexts: ['login'] });
    const challenge = await bank.transaction('Karl');
    const tried = await grant({ username: 'Karl', challengeId: challenge.id }, basic(key));
    expect(tried.status).toBe(403);

    await bank.policy('strong', { offers: ['external'], satisfiedBy: [['external']], minAcr: 'aal2' });
    const strong = await bank.transaction('Karl', { requires: 'strong' });
    const page = await bank.begin({ beginTicket: strong.beginTicket });
    const weak = await bank.grant('Karl', { flowId: page.flowId, amr: ['hwk', 'pin'] });
    const answer = await page.verify(weak);
    // it was taken, and it is not enough: still asked, no decision
    expect([answer.status, answer.body.nextAction]).toEqual([401, 'external']);
    expect((await bank.challenge(strong.id)).status).toBe('pending');
    const better = await bank.key(['external:verify'], { acr: 'aal2' });
    const token = await bank.grant('Karl', { flowId: page.flowId }, better.key);
    expect((await page.verify(token)).status).toBe(200);
  });

  it('interface: an extension’s own token has 32 to 512 visible characters', async () => {
    const page = await bank.login('Lara');
    const lengths: [number, number][] = [
      [31, 400],
      [32, 204],
      [512, 204],
      [513, 400],
    ];
    for (const [length, status] of lengths)
      expect((await bank.setToken('Lara', page.flowId, 'x'.repeat(length))).status).toBe(status);
    for (const odd of [`${'x'.repeat(40)} `, `ä${'x'.repeat(40)}`, `${'x'.repeat(40)}\n`])
      expect((await bank.setToken('Lara', page.flowId, odd)).status).toBe(400);
    const unknown = { username: 'Lara', flowId: page.flowId, token: ownToken(), ttl: 1e9 };
    expect((await bank.api('PUT', '/v1/external-tokens', unknown)).status).toBe(400);
  });
});
