import { randomToken, systemClock } from '@countersign/kernel';
import { InProcessTransport } from '@countersign/messaging';
import { createLogger } from '@countersign/service-kit';
import { eventFlow, grant, ownToken, redeem, redemptionOf, set } from '../../test/external-tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { createService } from '../create-service.ts';
import { RedemptionService } from './redemption.service.ts';

let bed: TestBed;
let key: string;
let keyId: string;
beforeAll(async () => {
  bed = await startTokenService('redeem');
  await bed.application('bank');
  await bed.application('shop');
  ({ key, keyId } = await bed.apiKey('bank', ['external:verify'], { amr: ['otp'], acr: 'aal2' }));
});
afterAll(() => bed?.close());

const tokenFor = async (flowId: string, username = 'dana'): Promise<string> =>
  (await grant(bed, key, { username, flowId, amr: ['otp', 'hwk'] })).body.token;
const reasonsFor = async (flowId: string): Promise<string[]> =>
  (await bed.events('token.external-token.refused.v1'))
    .filter((event) => event.data.flowId === flowId)
    .map((event) => event.data.reason);
const expire = (flowId: string) =>
  bed.rows(`UPDATE external_tokens SET expires_at = clock_timestamp() WHERE flow_id = $1`, [flowId]);

describe('redeeming an external token', () => {
  it('answers who vouched and how, once told of (Q10)', async () => {
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    const token = await tokenFor(flow.flowId);
    const { status, body } = await redeem(bed, flow, token);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ tokenId: expect.any(String), keyId, userId: flow.userId },
      ...{ amr: ['ext', 'otp'], acr: 'aal2', category: 'knowledge' },
    });
    const said = (await bed.events('token.external-token.redeemed.v1')).filter(
      (e) => e.data.flowId === flow.flowId,
    );
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({
      appid: 'bank',
      subject: body.tokenId,
      partitionkey: body.tokenId,
      data: {
        tokenId: body.tokenId,
        keyId,
        userId: flow.userId,
        flowId: flow.flowId,
        challengeId: 'challenge-1',
      },
    });
    expect(JSON.stringify(said)).not.toContain(token);
    const rows = await bed.rows<{ shard: number }>('SELECT shard FROM outbox WHERE key = $1', [body.tokenId]);
    expect(new Set(rows.map(({ shard }) => shard)).size).toBe(1);
    expect(rows).toHaveLength(2);
  });

  it('invariant 2: 50 attempts at once: one wins, and its repeats win again', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = await tokenFor(flow.flowId);
    const tries = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const attempt = `${flow.flowId}:${n}`;
        return { attempt, answer: await redeem(bed, flow, token, { attempt }) };
      }),
    );
    const winners = tries.filter(({ answer }) => answer.status === 200);
    expect(winners).toHaveLength(1);
    // beside the winner there are refusals, and perhaps 503 where no connection became free in time
    const refused = tries.filter(({ answer }) => answer.status === 404);
    expect(tries.filter(({ answer }) => answer.status < 400)).toEqual(winners);
    const { attempt, answer } = winners[0]!;
    const again = await Promise.all([1, 2, 3].map(() => redeem(bed, flow, token, { attempt })));
    for (const repeat of again) expect(repeat.body).toEqual(answer.body);
    const said = (await bed.events('token.external-token.redeemed.v1')).filter(
      (e) => e.data.flowId === flow.flowId,
    );
    expect(said).toHaveLength(1);
    expect((await reasonsFor(flow.flowId)).length).toBeGreaterThanOrEqual(refused.length);
    expect((await redeem(bed, flow, token, { attempt: `${flow.flowId}:99` })).status).toBe(404);
  });

  it('invariant 2: two processes, many tokens and attempts at once: each token goes to one attempt', async () => {
    const second = await createService(bed.config, {
      transport: new InProcessTransport(),
      logger: createLogger('token-service', 'silent'),
    });
    try {
      const redemptions = [bed.service, second].map(({ app }) =>
        app.get(RedemptionService, { strict: false }),
      );
      const flows = Array.from({ length: 12 }, () => bed.orchestrator.openFlow('dana'));
      const tokens = await Promise.all(flows.map((flow) => tokenFor(flow.flowId)));
      const tries = flows.flatMap((flow, at) =>
        [0, 1, 2, 3].map((n) => ({
          flow,
          token: tokens[at]!,
          attempt: `${flow.flowId}:${n}`,
          by: redemptions[n % 2]!,
        })),
      );
      const won = await Promise.all(
        tries.map(async ({ flow, token, attempt, by }) => {
          const { ok } = await by.redeem(redemptionOf(flow, token, { attempt }));
          return ok ? [flow.flowId] : [];
        }),
      );
      expect(won.flat().sort()).toEqual(flows.map(({ flowId }) => flowId).sort());
    } finally {
      await second.close();
    }
  });

  it('one token that cannot be worked on spoils no other that is redeemed with it', async () => {
    const redemption = bed.service.app.get(RedemptionService, { strict: false });
    const flows = Array.from({ length: 4 }, () => bed.orchestrator.openFlow('dana'));
    const tokens = await Promise.all(flows.map((flow) => tokenFor(flow.flowId)));
    const outcomes = await Promise.allSettled(
      flows.map((flow, n) =>
        redemption.redeem(redemptionOf(flow, tokens[n]!, n === 2 ? { flowStartedAt: 'never' } : {})),
      ),
    );
    expect(outcomes.map((one) => one.status === 'fulfilled' && one.value.ok)).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it('EXT-10: the attempt that had it gets it again, though it has expired and its key was revoked since', async () => {
    const vouching = await bed.apiKey('bank', ['external:verify']);
    const flow = bed.orchestrator.openFlow('dana');
    const { token } = (await grant(bed, vouching.key, { username: 'dana', flowId: flow.flowId })).body;
    const first = await redeem(bed, flow, token);
    await expire(flow.flowId);
    await bed.call('DELETE', `/v1/api-keys/${vouching.keyId}`, { key: bed.platformKey });
    expect((await redeem(bed, flow, token)).body).toEqual(first.body);
  });

  it('Q2, L6: a used token is refused', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = await tokenFor(flow.flowId);
    await redeem(bed, flow, token);
    const again = await redeem(bed, flow, token, { attempt: `${flow.flowId}:2` });
    expect([again.status, again.body.code]).toEqual([404, 'token/external-token-refused']);
    expect(await reasonsFor(flow.flowId)).toEqual(['used']);
  });

  it('EXT-09: the database’s clock decides expiry', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = await tokenFor(flow.flowId);
    await expire(flow.flowId);
    expect((await redeem(bed, flow, token)).status).toBe(404);
    await bed.rows(
      `UPDATE external_tokens SET expires_at = clock_timestamp() + interval '1 second' WHERE flow_id = $1`,
      [flow.flowId],
    );
    expect((await redeem(bed, flow, token)).status).toBe(200);
    expect(await reasonsFor(flow.flowId)).toEqual(['expired']);
  });

  it('EXT-06: a token whose key was revoked is refused', async () => {
    const vouching = await bed.apiKey('bank', ['external:verify']);
    const flow = bed.orchestrator.openFlow('dana');
    const { token } = (await grant(bed, vouching.key, { username: 'dana', flowId: flow.flowId })).body;
    await bed.call('DELETE', `/v1/api-keys/${vouching.keyId}`, { key: bed.platformKey });
    expect((await redeem(bed, flow, token)).status).toBe(404);
    expect(await reasonsFor(flow.flowId)).toEqual(['key-revoked']);
  });

  it('EXT-02, Q3, L6: is refused for another user, flow, application, context, challenge and subject', async () => {
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    const other = bed.orchestrator.openFlow('dana', eventFlow);
    const token = await tokenFor(flow.flowId);
    const cases = [
      { userId: bed.orchestrator.userId('bank', 'eve') },
      { flowId: other.flowId },
      { appId: 'shop' },
      { context: 'login' as const },
      { challengeId: 'challenge-2' },
      { challengeId: undefined },
      { subjectDigest: 'digest-2' },
      { subjectDigest: undefined },
    ];
    for (const more of cases) expect((await redeem(bed, flow, token, more)).status).toBe(404);
    expect(await reasonsFor(flow.flowId)).toEqual([
      ...['other-user', 'other-application', 'other-flow', 'other-flow', 'other-flow'],
      ...['other-subject', 'other-subject'],
    ]);
    expect(await reasonsFor(other.flowId)).toEqual(['other-flow']);
    expect((await redeem(bed, flow, token)).status).toBe(200);
  });

  it('EXT-08: unknown, expired, used and foreign tokens get one and the same answer', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const used = bed.orchestrator.openFlow('dana');
    const late = bed.orchestrator.openFlow('dana');
    const usedToken = await tokenFor(used.flowId);
    await redeem(bed, used, usedToken);
    const lateToken = await tokenFor(late.flowId);
    await expire(late.flowId);
    const answers = [
      await redeem(bed, flow, randomToken()),
      await redeem(bed, flow, ''),
      await redeem(bed, flow, usedToken),
      await redeem(bed, used, usedToken, { attempt: 'else' }),
      await redeem(bed, late, lateToken),
      await redeem(bed, flow, await tokenFor(flow.flowId), { userId: 'nobody' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([404, answers[0]!.body]);
      expect(body).toEqual({
        type: '/docs/errors#token/external-token-refused',
        title: 'The token fits nothing',
        status: 404,
        code: 'token/external-token-refused',
      });
    }
  });

  it('is the orchestrator’s alone', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const body = redemptionOf(flow, await tokenFor(flow.flowId));
    const path = '/internal/external-tokens/redeem';
    expect((await bed.as('sso-data', 'POST', path, body)).status).toBe(403);
    expect((await bed.call('POST', path, { key: bed.platformKey, body })).status).toBe(401);
    expect((await bed.call('POST', path, { key, body })).status).toBe(401);
    expect((await redeem(bed, flow, body.token)).status).toBe(200);
  });
});

describe('a token that names no flow (L4)', () => {
  const at = (seconds: number) => new Date(systemClock.now().getTime() + seconds * 1000).toISOString();
  const loginToken = async () => (await grant(bed, key, { username: 'dana' })).body.token as string;

  it('fits a login flow of that user that was open when it was granted', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = await loginToken();
    expect((await redeem(bed, flow, token, { flowStartedAt: at(-30) })).status).toBe(200);
  });

  it('fits no flow that began later, no challenge, no other context, nobody else', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = await loginToken();
    const flowStartedAt = at(-30);
    for (const more of [
      { flowStartedAt: at(30) },
      { flowStartedAt, challengeId: 'challenge-1' },
      { flowStartedAt, context: 'transaction' as const },
      { flowStartedAt, context: 'event' as const, challengeId: 'challenge-1', subjectDigest: 'digest-1' },
      { flowStartedAt, subjectDigest: 'digest-1' },
      { flowStartedAt, userId: bed.orchestrator.userId('bank', 'eve') },
    ]) {
      expect((await redeem(bed, flow, token, more)).status).toBe(404);
    }
    expect((await redeem(bed, flow, token, { flowStartedAt })).status).toBe(200);
  });

  it('is good for one flow only', async () => {
    const [first, second] = [bed.orchestrator.openFlow('dana'), bed.orchestrator.openFlow('dana')];
    const token = await loginToken();
    const answers = await Promise.all(
      [first, second].map((flow) => redeem(bed, flow, token, { flowStartedAt: at(-30) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  });
});

describe('a token for a challenge', () => {
  it('fits any flow of that challenge and user, and nothing else', async () => {
    const flow = bed.orchestrator.openFlow('dana', eventFlow);
    bed.orchestrator.challenges.set('challenge-1', {
      ...{ challengeId: 'challenge-1', appId: 'bank', userId: flow.userId, usernameKey: 'dana' },
      ...{ context: 'event', status: 'pending', subjectDigest: 'digest-1' },
    });
    const { token } = (await grant(bed, key, { username: 'dana', challengeId: 'challenge-1' })).body;
    const login = bed.orchestrator.openFlow('dana');
    expect((await redeem(bed, login, token)).status).toBe(404);
    expect((await redeem(bed, flow, token, { challengeId: 'challenge-2' })).status).toBe(404);
    expect((await redeem(bed, flow, token)).status).toBe(200);
  });
});

describe('a token of the extension’s own (seed Q1–Q3)', () => {
  const put = (flowId: string, token: string) => set(bed, key, { flowId, username: 'dana', token });

  it('Q1: fits when, and only when, it is the one that was set', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = ownToken();
    await put(flow.flowId, token);
    expect((await redeem(bed, flow, `${token}x`)).status).toBe(404);
    expect((await redeem(bed, flow, token)).body).toMatchObject({ keyId, amr: ['ext'], acr: 'aal2' });
  });

  it('Q3: fits the flow it was set for and no other, not even of the same user', async () => {
    const [mine, other] = [bed.orchestrator.openFlow('dana'), bed.orchestrator.openFlow('dana')];
    const token = ownToken();
    await put(mine.flowId, token);
    expect((await redeem(bed, other, token)).status).toBe(404);
    expect((await redeem(bed, mine, token)).status).toBe(200);
  });

  it('the same string may be set for two flows: each is used up by itself', async () => {
    const [one, two] = [bed.orchestrator.openFlow('dana'), bed.orchestrator.openFlow('dana')];
    const token = ownToken();
    await put(one.flowId, token);
    await put(two.flowId, token);
    expect((await redeem(bed, one, token)).status).toBe(200);
    expect((await redeem(bed, two, token)).status).toBe(200);
    expect((await redeem(bed, two, token, { attempt: 'else' })).status).toBe(404);
  });

  it('a later one takes the place of an earlier one, whichever road it came', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const [first, second] = [ownToken(), ownToken()];
    await put(flow.flowId, first);
    const granted = await tokenFor(flow.flowId);
    await put(flow.flowId, second);
    expect((await redeem(bed, flow, first)).status).toBe(404);
    expect((await redeem(bed, flow, granted)).status).toBe(404);
    expect(await reasonsFor(flow.flowId)).toEqual(['replaced', 'replaced']);
    await put(flow.flowId, first);
    expect((await redeem(bed, flow, second)).status).toBe(404);
    expect((await redeem(bed, flow, first)).status).toBe(200);
  });

  it('a used one cannot be set again for its flow', async () => {
    const flow = bed.orchestrator.openFlow('dana');
    const token = ownToken();
    await put(flow.flowId, token);
    expect((await put(flow.flowId, token)).status).toBe(204);
    await redeem(bed, flow, token);
    const again = await put(flow.flowId, token);
    expect([again.status, again.body.code]).toEqual([409, 'token/flow-unfit']);
    expect((await redeem(bed, flow, token, { attempt: 'else' })).status).toBe(404);
  });
});
