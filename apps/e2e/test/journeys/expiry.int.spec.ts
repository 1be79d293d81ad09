import { waitFor } from '@countersign/testing';
import { type Bank, expectRefused, expectStatus } from '../../src/bank.ts';
import { basic } from '../../src/http.ts';
import { System, type ServiceWithRows } from '../../src/system.ts';

describe('what is over is over: the database’s clock decides', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('expiry');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  /** Moves one column of one row back in time. */
  const age = (service: ServiceWithRows, table: string, column: string, where: string, value: string) =>
    system.rows(
      service,
      `UPDATE ${table} SET ${column} = clock_timestamp() - interval '1 second' WHERE ${where} = $1 RETURNING 1`,
      [value],
    );

  it('seed Q2, EXT-09: an expired token is refused; one that is not is taken', async () => {
    const page = await bank.login('Ann');
    const token = await bank.grant('Ann', { flowId: page.flowId });
    expect(await age('token-service', 'external_tokens', 'expires_at', 'flow_id', page.flowId)).toHaveLength(
      1,
    );
    expectRefused(await page.verify(token));
    await system.settled();
    const [event] = system.bus.events('token.external-token.refused.v1', { flowId: page.flowId });
    expect(event!.data.reason).toBe('expired');
    expect((await page.verify(await bank.grant('Ann', { flowId: page.flowId }))).status).toBe(200);
  });

  it('design: tokens live 60 seconds unless the application says otherwise, within bounds', async () => {
    const lifetime = async (of: Bank) => {
      const page = await of.login('Ben');
      await of.grant('Ben', { flowId: page.flowId });
      const [row] = await system.rows<{ s: string }>(
        'token-service',
        'SELECT extract(epoch FROM expires_at - created_at) AS s FROM external_tokens WHERE flow_id = $1',
        [page.flowId],
      );
      return Math.round(Number(row!.s));
    };
    expect(await lifetime(bank)).toBe(60);
    expect(await lifetime(await system.bank({ settings: { externalTokenTtlSeconds: 300 } }))).toBe(300);
    for (const externalTokenTtlSeconds of [29, 301]) {
      const body = { settings: { externalTokenTtlSeconds } };
      expect((await bank.api('PATCH', `/v1/applications/${bank.appId}`, body)).status).toBe(400);
    }
  });

  it('interface: a begin ticket lives five minutes and no longer than its challenge', async () => {
    const lasts = async (ttlSeconds: number) => {
      const { id } = await bank.transaction('Cleo', { ttlSeconds });
      const { expiresAt } = expectStatus(await bank.api('POST', `/v1/challenges/${id}/tickets`), 201);
      return Math.round((new Date(expiresAt).getTime() - Date.now()) / 1000);
    };
    expect(await lasts(3600)).toBeLessThanOrEqual(300);
    expect(await lasts(3600)).toBeGreaterThan(290);
    expect(await lasts(30)).toBeLessThanOrEqual(30);
    const { id, beginTicket } = await bank.transaction('Cleo');
    await age('mfa-orchestrator', 'begin_tickets', 'expires_at', 'challenge_id', id);
    expectRefused(await bank.tryBegin({ beginTicket }));
  });

  it('a challenge whose time is up takes no begin, no ticket, no proof and no denial, also before anybody swept it', async () => {
    const challenge = await bank.transaction('Dora');
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const [ticket, token] = [
      await bank.ticket(challenge.id),
      await bank.grant('Dora', { flowId: page.flowId }),
    ];
    // a flow ends with its challenge at the latest
    await age('mfa-orchestrator', 'challenges', 'expires_at', 'id', challenge.id);
    await age('mfa-orchestrator', 'flows', 'expires_at', 'challenge_id', challenge.id);
    const answers = await Promise.all([
      page.repeat('third-party/verify', { token }),
      page.repeat('deny', {}),
    ]);
    for (const answer of answers) expectRefused(answer);
    expectRefused(await bank.tryBegin({ beginTicket: ticket }));
    expect((await bank.api('POST', `/v1/challenges/${challenge.id}/tickets`)).status).toBe(409);
    expect((await bank.api('POST', `/v1/challenges/${challenge.id}/cancel`)).status).toBe(409);
    await system.settled();
    const outcomes = system.bus.events('mfa.decision.made.v1', { challengeId: challenge.id });
    expect(outcomes.map(({ data }) => data.outcome)).not.toContain('allowed');
  });

  it('a flow whose time is up is over, its challenge goes on', async () => {
    const challenge = await bank.transaction('Egon');
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const token = await bank.grant('Egon', { flowId: page.flowId });
    await age('mfa-orchestrator', 'flows', 'expires_at', 'id', page.flowId);
    expectRefused(await page.verify(token));
    expectRefused(await page.current());
    expect((await bank.setToken('Egon', page.flowId, 'x'.repeat(40))).status).toBe(409);
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    await waitFor(() => system.bus.events('mfa.flow.expired.v1', { flowId: page.flowId }).length === 1);
  });

  it('an API key that is past its end opens nothing, and its tokens neither', async () => {
    const page = await bank.login('Fred');
    const { key, keyId } = await bank.key(['external:verify']);
    const token = await bank.grant('Fred', { flowId: page.flowId }, key);
    await age('token-service', 'api_keys', 'expires_at', 'key_id', keyId);
    const grant = '/fido2/v2/mgmt/grant/external-auth';
    const asked = () => bank.api('POST', grant, { username: 'Fred' }, { authorization: basic(key) });
    // a key is believed for half a second
    await waitFor(async () => (await asked()).status === 401, {
      timeoutMs: 2_000,
      what: 'the end of the key',
    });
    expectRefused(await page.verify(token));
  });
});
