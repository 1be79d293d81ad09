import { grant } from '../test/external-tokens.ts';
import { logIn } from '../test/tokens.ts';
import { startTokenService, type TestBed } from '../test/token-service.ts';
import { ExternalTokenRepository } from './external-tokens/external-token.repository.ts';
import { GrantTokenRepository } from './grant-tokens/grant-token.repository.ts';
import { IssuedTokenRepository } from './tokens/issued-token.repository.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTokenService('retention');
  await bed.application('bank');
});
afterAll(() => bed?.close());

describe('retention', () => {
  it('deletes what ended more than a day ago, and nothing younger', async () => {
    const { key } = await bed.apiKey('bank', ['external:verify', 'reg:write']);
    for (const username of ['old', 'young']) {
      const flow = bed.orchestrator.openFlow(username);
      await grant(bed, key, { username, flowId: flow.flowId });
      await bed.call('POST', '/fido2/v2/mgmt/grant', { key, body: { username, grants: ['reg:write'] } });
      await bed.as('mfa-orchestrator', 'POST', '/internal/tokens', {
        ...{ appId: 'bank', flowId: flow.flowId, userId: flow.userId, username },
        ...{ amr: ['ext'], acr: 'aal1', authTime: 1_700_000_000 },
      });
    }
    const old = bed.orchestrator.userId('bank', 'old');
    for (const [table, hours] of [
      ['external_tokens', 25],
      ['issued_tokens', 25],
      ['grant_tokens', 25],
    ] as const) {
      await bed.rows(
        `UPDATE ${table} SET expires_at = clock_timestamp() - interval '${hours} hours' WHERE user_id = $1`,
        [old],
      );
    }
    const purge = [ExternalTokenRepository, IssuedTokenRepository, GrantTokenRepository].map((type) =>
      bed.service.app.get<{ purge(): Promise<number> }>(type, { strict: false }).purge(),
    );
    expect(await Promise.all(purge)).toEqual([1, 1, 1]);
    const left = await bed.rows<{ user_id: string }>(
      'SELECT user_id FROM external_tokens UNION SELECT user_id FROM issued_tokens UNION SELECT user_id FROM grant_tokens',
    );
    expect(left).toEqual([{ user_id: bed.orchestrator.userId('bank', 'young') }]);
  });

  it('keeps a login as long as its refresh token lives', async () => {
    const { flowId } = await logIn(bed, 'late');
    const [row] = await bed.rows<{ seconds: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM issued_tokens WHERE flow_id = $1`,
      [flowId],
    );
    expect(row).toEqual({ seconds: 28_800 });
  });
});
