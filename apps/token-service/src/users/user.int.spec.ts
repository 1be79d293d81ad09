import { randomToken } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { eventFlow, grant, redeem } from '../../test/external-tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTokenService('users');
  await bed.application('bank');
});
afterAll(() => bed?.close());

describe('mfa.user.deleted.v1', () => {
  it('forgets the user’s external tokens and what was issued to them, and nobody else’s', async () => {
    const { key } = await bed.apiKey('bank', ['external:verify']);
    const [dana, eve] = [
      bed.orchestrator.openFlow('dana', eventFlow),
      bed.orchestrator.openFlow('eve', eventFlow),
    ];
    const tokens = new Map<string, string>();
    const access = new Map<string, string>();
    for (const [username, flow] of [
      ['dana', dana],
      ['eve', eve],
    ] as const) {
      tokens.set(username, (await grant(bed, key, { username, flowId: flow.flowId })).body.token);
      const { flowId, userId } = flow;
      const issued = await bed.as('mfa-orchestrator', 'POST', '/internal/tokens', {
        ...{ appId: 'bank', flowId, userId, username },
        ...{ amr: ['ext'], acr: 'aal1', authTime: 1_700_000_000 },
      });
      access.set(username, issued.body.accessToken);
    }
    const event = {
      specversion: '1.0',
      id: randomToken(16),
      source: '/mfa-orchestrator',
      type: 'mfa.user.deleted.v1',
      subject: dana.userId,
      appid: 'bank',
      datacontenttype: 'application/json',
      data: { userId: dana.userId },
    };
    const record = { topic: 'mfa.users', key: dana.userId, value: Buffer.from(JSON.stringify(event)) };
    await bed.transport.publish([record, record]);
    await waitFor(
      async () =>
        (await bed.rows('SELECT 1 FROM external_tokens WHERE user_id = $1', [dana.userId])).length === 0,
    );

    const verify = async (username: string) =>
      (
        await bed.call('POST', '/fido2/v2/mgmt/token/verify', {
          key,
          body: { jwtAccess: access.get(username) },
        })
      ).status;
    expect((await redeem(bed, dana, tokens.get('dana')!)).status).toBe(404);
    expect(await verify('dana')).toBe(401);
    expect((await redeem(bed, eve, tokens.get('eve')!)).status).toBe(200);
    expect(await verify('eve')).toBe(204);
    expect(await bed.rows(`SELECT 1 FROM inbox WHERE status = 'dead'`)).toEqual([]);
  });
});
