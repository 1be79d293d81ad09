import { type Bank, expectRefused, expectStatus } from '../../src/bank.ts';
import { decode } from '../../src/decision.ts';
import type { Page } from '../../src/page.ts';
import { System } from '../../src/system.ts';

const STEP = 'third-party/verify';

describe('design, lost answers: the identical step with the previous session has the same outcome, for 60 seconds', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('lost_answers');
    bank = await system.bank();
    await bank.policy('twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  const secondsPass = (flowId: string, seconds: number) =>
    system.rows(
      'mfa-orchestrator',
      `UPDATE flows SET stepped_at = stepped_at - make_interval(secs => $2) WHERE id = $1`,
      [flowId, seconds],
    );
  const eventsOf = async (flowId: string, ...types: string[]) => {
    await system.settled();
    return types.map((type) => system.bus.events(type, { flowId }).length);
  };
  /** Whatever else the previous session is used for. */
  const expectGoodForNothingElse = async (page: Page, previous: string, body: object) => {
    expectRefused(await page.repeat(STEP, { token: 'another-token-another-token-another' }, previous));
    expectRefused(await page.repeat(STEP, { ...body, more: 1 }, previous));
    expectRefused(await page.repeat(STEP, `${JSON.stringify(body)} `, previous));
    expectRefused(await page.repeat('abandon', body, previous));
    expectRefused(await page.repeat('deny', body, previous));
    expectRefused(await page.current(previous));
  };

  it('begin: a lost answer costs the ticket; another ticket may be taken', async () => {
    const challenge = await bank.transaction('Ann');
    const body = { beginTicket: challenge.beginTicket };
    expect((await bank.tryBegin(body)).status).toBe(200);
    expectRefused(await bank.tryBegin(body));
    expect((await bank.beginChallenge(challenge.id)).begun.session).toEqual(expect.any(String));
  });

  it('an intermediate step: the same new session; the token is redeemed once, the proof counts once', async () => {
    const challenge = await bank.transaction('Ben', { requires: 'twice' });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const previous = page.session;
    const body = { token: await bank.grant('Ben', { flowId: page.flowId }) };
    const first = await page.step(STEP, body);
    expect([first.status, typeof first.body.session]).toEqual([401, 'string']);
    for (let n = 0; n < 3; n++) {
      const again = await page.repeat(STEP, body, previous);
      expect([again.status, again.body]).toEqual([401, first.body]);
    }
    await expectGoodForNothingElse(page, previous, body);
    const said = ['token.external-token.redeemed.v1', 'mfa.flow.factor-verified.v1'];
    expect(await eventsOf(page.flowId, ...said)).toEqual([1, 1]);

    await secondsPass(page.flowId, 61);
    expectRefused(await page.repeat(STEP, body, previous));
    // the one proof was not counted twice, and what was refused has hurt nothing
    const second = await page.verify(await bank.grant('Ben', { flowId: page.flowId }));
    expect(second.status).toBe(200);
    // two steps back is too far
    expectRefused(await page.repeat(STEP, body, previous));
  });

  it('the final step of a challenge: the same decision, once', async () => {
    const challenge = await bank.challenged(bank.action('Cleo'));
    const page = await bank.beginChallenge(challenge.id);
    const previous = page.session;
    const body = { token: await bank.grant('Cleo', { flowId: page.flowId }) };
    const first = await page.step(STEP, body);
    const again = await page.repeat(STEP, body, previous);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(decode(again.body.payloadSignature).payload.jti).toBe(
      decode(first.body.payloadSignature).payload.jti,
    );
    await expectGoodForNothingElse(page, previous, body);
    expect(await eventsOf(page.flowId, 'mfa.flow.completed.v1')).toEqual([1]);
    expect(system.bus.events('mfa.decision.made.v1', { challengeId: challenge.id })).toHaveLength(1);
    await secondsPass(page.flowId, 61);
    expectRefused(await page.repeat(STEP, body, previous));
  });

  it('the final step of a login: tokens of the same jti, issued once', async () => {
    const page = await bank.login('Dora');
    const previous = page.session;
    const body = { token: await bank.grant('Dora', { flowId: page.flowId }) };
    const answers = [await page.step(STEP, body), await page.repeat(STEP, body, previous)];
    for (const { status } of answers) expect(status).toBe(200);
    const [first, again] = answers.map((answer) => decode(answer.body.accessToken).payload);
    expect(again).toEqual(first);
    await expectGoodForNothingElse(page, previous, body);
    const issued = await system.rows('token-service', 'SELECT 1 FROM issued_tokens WHERE flow_id = $1', [
      page.flowId,
    ]);
    expect(issued).toHaveLength(1);
    expect(await eventsOf(page.flowId, 'mfa.flow.completed.v1')).toEqual([1]);
    await secondsPass(page.flowId, 61);
    expectRefused(await page.repeat(STEP, body, previous));
  });

  it('EXT-10: a login left completing by a crash is finished by the repeat, or by the timer', async () => {
    const page = await bank.login('Egon');
    const previous = page.session;
    const body = { token: await bank.grant('Egon', { flowId: page.flowId }) };
    const { accessToken } = expectStatus(await page.step(STEP, body), 200);
    const crash = `UPDATE flows SET status = 'completing' WHERE id = $1`;
    await system.rows('mfa-orchestrator', crash, [page.flowId]);
    const again = expectStatus(await page.repeat(STEP, body, previous), 200);
    expect(decode(again.accessToken).payload.jti).toBe(decode(accessToken).payload.jti);
    await system.rows('mfa-orchestrator', crash, [page.flowId]);
    await secondsPass(page.flowId, 3);
    const { waitFor } = await import('@countersign/testing');
    await waitFor(async () => {
      const [row] = await system.rows('mfa-orchestrator', 'SELECT status FROM flows WHERE id = $1', [
        page.flowId,
      ]);
      return row?.status === 'completed';
    });
  });

  it.each(['deny', 'abandon'] as const)(
    '%s: done is done, and nothing else goes with that session',
    async (route) => {
      const action = bank.action(`Fred-${route}`);
      const challenge = await bank.challenged(action);
      const page = await bank.beginChallenge(challenge.id);
      const { session } = page;
      expectStatus(await page.step(route, {}), 204);
      expectStatus(await page.repeat(route, {}, session), 204);
      expectRefused(await page.repeat(route, { other: true }, session));
      expectRefused(await page.repeat(route === 'deny' ? 'abandon' : 'deny', {}, session));
      expectRefused(
        await page.repeat(
          STEP,
          { token: await bank.grant(action.username, { challengeId: challenge.id }).catch(() => 'none') },
          session,
        ),
      );
      await system.settled();
      expect(system.bus.events('mfa.flow.abandoned.v1', { flowId: page.flowId })).toHaveLength(1);
      expect(system.bus.events('mfa.decision.made.v1', { challengeId: challenge.id })).toHaveLength(
        route === 'deny' ? 1 : 0,
      );
      await secondsPass(page.flowId, 61);
      expectRefused(await page.repeat(route, {}, session));
    },
  );

  it('ST-17: a user deleted meanwhile gets nothing from a repeat, and their access token holds no more', async () => {
    const page = await bank.login('Gina');
    const previous = page.session;
    const body = { token: await bank.grant('Gina', { flowId: page.flowId }) };
    const { accessToken } = expectStatus(await page.step(STEP, body), 200);
    expectStatus(await bank.api('DELETE', '/v1/users/gina'), 204);
    await system.settled();
    expectRefused(await page.repeat(STEP, body, previous));
    const verified = await bank.api('POST', '/fido2/v2/mgmt/token/verify', { jwtAccess: accessToken });
    expect(verified.status).toBe(401);
    // nothing was issued anew, so nothing is left of what was
    const sql = 'SELECT 1 FROM issued_tokens WHERE flow_id = $1';
    expect(await system.rows('token-service', sql, [page.flowId])).toHaveLength(0);
  });

  it('ST-17: nor does a repeat tell the decision of a user who is deleted', async () => {
    const challenge = await bank.transaction('Gerd');
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const previous = page.session;
    const body = { token: await bank.grant('Gerd', { flowId: page.flowId }) };
    expectStatus(await page.step(STEP, body), 200);
    expectStatus(await bank.api('DELETE', '/v1/users/gerd'), 204);
    expectRefused(await page.repeat(STEP, body, previous));
  });

  it('ST-17: a login left completing by a crash whose user is deleted meanwhile issues nothing', async () => {
    const page = await bank.login('Hugo');
    const previous = page.session;
    const body = { token: await bank.grant('Hugo', { flowId: page.flowId }) };
    expectStatus(await page.step(STEP, body), 200);
    await system.rows('mfa-orchestrator', `UPDATE flows SET status = 'completing' WHERE id = $1`, [
      page.flowId,
    ]);
    expectStatus(await bank.api('DELETE', '/v1/users/hugo'), 204);
    await system.settled();
    expectRefused(await page.repeat(STEP, body, previous));
    const issued = await system.rows('token-service', 'SELECT 1 FROM issued_tokens WHERE flow_id = $1', [
      page.flowId,
    ]);
    expect(issued).toHaveLength(0);
  });
});
