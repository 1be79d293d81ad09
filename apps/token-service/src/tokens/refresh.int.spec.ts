import { InProcessTransport } from '@countersign/messaging';
import { decodeUnverified, signJwt } from '@countersign/security';
import { createLogger } from '@countersign/service-kit';
import { claimsOf, holds, logIn, refresh, signingKeyOf } from '../../test/tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { createService } from '../create-service.ts';

let bed: TestBed;
let key: string;
beforeAll(async () => {
  bed = await startTokenService('refresh');
  await bed.application('bank');
  await bed.application('shop');
  ({ key } = await bed.apiKey('bank', ['app:write']));
});
afterAll(() => bed?.close());

/** The answer to a used token got lost long ago. */
const longAgo = (flowId: string) =>
  bed.rows(`UPDATE issued_tokens SET rotated_at = rotated_at - interval '11 seconds' WHERE flow_id = $1`, [
    flowId,
  ]);
const settings = (change: object) =>
  bed.call('PATCH', '/v1/applications/bank', { key, body: { settings: change } });

describe('POST /fido2/v2/auth/refresh', () => {
  it('RFC 9700 §4.14.2: new tokens, a new refresh token, of the very same login', async () => {
    const login = await logIn(bed, 'dana');
    const { status, body } = await refresh(bed, login.refreshToken);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['accessToken', 'idToken', 'refreshToken']);
    expect(body.refreshToken).not.toBe(login.refreshToken);
    const [before, after] = [claimsOf(login.accessToken), claimsOf(body.accessToken)];
    // who, how and when they proved it stay as they were (OIDC Core §12.2)
    expect(after).toEqual({ ...before, jti: expect.any(String), iat: after.iat, exp: after.exp });
    expect(after.jti).not.toBe(before.jti);
    expect(claimsOf(body.idToken)).toMatchObject({
      auth_time: 1_700_000_000,
      acr: 'aal2',
      amr: ['ext', 'otp'],
    });
    expect(await holds(bed, key, body.accessToken)).toBe(true);
    expect(await holds(bed, key, login.accessToken)).toBe(true);
  });

  it('a lost answer: the token just used yields the same answer, for ten seconds', async () => {
    const login = await logIn(bed, 'dana');
    const first = await refresh(bed, login.refreshToken);
    const again = await refresh(bed, login.refreshToken);
    expect(again.body.refreshToken).toBe(first.body.refreshToken);
    expect(claimsOf(again.body.accessToken)).toEqual(claimsOf(first.body.accessToken));
    expect((await refresh(bed, first.body.refreshToken)).status).toBe(200);
  });

  it('RFC 9700 §4.14.2: a token used twice ends its family: the thief’s tokens and the user’s', async () => {
    const login = await logIn(bed, 'dana');
    const stolen = await refresh(bed, login.refreshToken);
    await longAgo(login.flowId);
    const replay = await refresh(bed, login.refreshToken);
    expect([replay.status, replay.body.msgCode]).toEqual([401, 'unauthorized']);
    expect((await refresh(bed, stolen.body.refreshToken)).status).toBe(401);
    expect(await holds(bed, key, stolen.body.accessToken)).toBe(false);
    expect(await holds(bed, key, login.accessToken)).toBe(false);
  });

  it('RFC 9700 §4.14.2: an older token than the last ends it at once, however soon', async () => {
    const login = await logIn(bed, 'dana');
    const second = await refresh(bed, login.refreshToken);
    const third = await refresh(bed, second.body.refreshToken);
    expect((await refresh(bed, login.refreshToken)).status).toBe(401);
    expect((await refresh(bed, third.body.refreshToken)).status).toBe(401);
  });

  it('invariant 2: two processes, many refreshes at once: one new generation, one answer', async () => {
    const second = await createService(bed.config, {
      transport: new InProcessTransport(),
      logger: createLogger('token-service', 'silent'),
    });
    try {
      const login = await logIn(bed, 'dana');
      const answers = await Promise.all(
        Array.from({ length: 12 }, async (_, n) => {
          const answer = await fetch(
            `${n % 2 ? bed.service.url : second.url}/apps/bank/fido2/v2/auth/refresh`,
            {
              ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
              body: JSON.stringify({ refreshToken: login.refreshToken }),
            },
          );
          return (await answer.json()) as { accessToken: string; refreshToken: string };
        }),
      );
      expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
      expect(new Set(answers.map((answer) => claimsOf(answer.accessToken).jti)).size).toBe(1);
      const [row] = await bed.rows('SELECT generation FROM issued_tokens WHERE flow_id = $1', [login.flowId]);
      expect(row).toEqual({ generation: 1 });
    } finally {
      await second.close();
    }
  });

  it('OP-13: what was used or ended stays so over a restart', async () => {
    const login = await logIn(bed, 'dana');
    const next = await refresh(bed, login.refreshToken);
    await longAgo(login.flowId);
    await bed.restart();
    expect((await refresh(bed, login.refreshToken)).status).toBe(401);
    await bed.restart();
    expect((await refresh(bed, next.body.refreshToken)).status).toBe(401);
    const other = await logIn(bed, 'dana');
    await bed.restart();
    expect((await refresh(bed, other.refreshToken)).status).toBe(200);
  });

  it('a repeat of the login’s answer has the same refresh token, also after it was used', async () => {
    const login = await logIn(bed, 'dana');
    const { flowId, userId } = login;
    const again = () =>
      bed.as('mfa-orchestrator', 'POST', '/internal/tokens', {
        ...{ appId: 'bank', flowId, userId, username: 'dana', amr: ['ext'], acr: 'aal1', authTime: 1 },
      });
    expect((await again()).body.refreshToken).toBe(login.refreshToken);
    await refresh(bed, login.refreshToken);
    const late = await again();
    expect(late.body.refreshToken).toBe(login.refreshToken);
    expect(claimsOf(late.body.accessToken)).toEqual(claimsOf(login.accessToken));
  });

  it('JWT-06: another application’s is refused and harms nothing; so is garbage, and an access token', async () => {
    const login = await logIn(bed, 'dana');
    expect((await refresh(bed, login.refreshToken, 'shop')).status).toBe(401);
    const [head, payload, mac] = login.refreshToken.split('.') as [string, string, string];
    const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = claimsOf(login.refreshToken);
    const forged = [
      ...[`${head}.${text({ ...claims, gen: 1 })}.${mac}`, `${head}.${payload}.${'A'.repeat(43)}`],
      ...[
        `${head}.${payload}.`,
        `${head}.${payload}`,
        `${text({ alg: 'none' })}.${payload}.`,
        'x',
        '..',
        '.',
      ],
    ];
    for (const token of [...forged, login.accessToken]) expect((await refresh(bed, token)).status).toBe(401);
    for (const token of [undefined, '', 5]) expect((await refresh(bed, token)).status).toBe(400);
    expect((await refresh(bed, login.refreshToken, 'nowhere')).status).toBe(404);
    expect((await refresh(bed, login.refreshToken)).status).toBe(200);
  });

  it('contracts §1.7: looks like a JWT with the end of its family, as LoginID’s SDK needs; no key of ours makes one', async () => {
    const { refreshToken } = await logIn(bed, 'dana');
    const { header, claims } = decodeUnverified(refreshToken);
    expect(header).toEqual({ alg: 'HS256', typ: 'rt+jwt' });
    expect(Math.abs((claims.exp as number) - Date.now() / 1000 - 28_800)).toBeLessThan(30);
    const next = await refresh(bed, refreshToken);
    expect(claimsOf(next.body.refreshToken).exp).toBe(claims.exp);
    const signed = await signJwt(await signingKeyOf(bed, 'bank'), { typ: 'rt+jwt' }, { ...claims, gen: 1 });
    expect((await refresh(bed, signed)).status).toBe(401);
  });

  it('are not kept, not even as hashes', async () => {
    const login = await logIn(bed, 'dana');
    const { body } = await refresh(bed, login.refreshToken);
    const everything = JSON.stringify(await bed.rows('SELECT * FROM issued_tokens'));
    for (const token of [login.refreshToken, body.refreshToken])
      expect(everything).not.toContain(token.split('.')[2]);
  });
});

describe('the life of a refresh token', () => {
  it('is absolute: refreshing does not lengthen it, the database’s clock ends it', async () => {
    const login = await logIn(bed, 'dana');
    const { body } = await refresh(bed, login.refreshToken);
    const [{ seconds } = { seconds: 0 }] = await bed.rows<{ seconds: number }>(
      `SELECT extract(epoch FROM refresh_until - created_at)::int AS seconds FROM issued_tokens WHERE flow_id = $1`,
      [login.flowId],
    );
    expect(seconds).toBe(28_800);
    await bed.rows('UPDATE issued_tokens SET refresh_until = clock_timestamp() WHERE flow_id = $1', [
      login.flowId,
    ]);
    expect((await refresh(bed, body.refreshToken)).status).toBe(401);
  });

  it('is a setting: 0 gives none, and ends those that are there; a shorter one holds for them, too', async () => {
    const login = await logIn(bed, 'dana');
    await settings({ refreshTokenTtlSeconds: 0 });
    expect((await refresh(bed, login.refreshToken)).status).toBe(401);
    expect((await logIn(bed, 'dana')).refreshToken).toBe('');
    await settings({ refreshTokenTtlSeconds: 60 });
    await bed.rows(`UPDATE issued_tokens SET created_at = created_at - interval '61 seconds'`);
    expect((await refresh(bed, login.refreshToken)).status).toBe(401);
    await settings({ refreshTokenTtlSeconds: 3_600 });
    expect((await refresh(bed, login.refreshToken)).status).toBe(200);
    expect((await settings({ refreshTokenTtlSeconds: 2_592_001 })).status).toBe(400);
    await settings({ refreshTokenTtlSeconds: 28_800 });
  });

  it('OP-14, ST-08: ends with the login: the orchestrator is asked each time, without waiting for an event', async () => {
    const login = await logIn(bed, 'erin');
    const flow = bed.orchestrator.flows.get(login.flowId)!;
    const becomes = async (more: object | undefined) => {
      if (more) bed.orchestrator.flows.set(login.flowId, { ...flow, ...more });
      else bed.orchestrator.flows.delete(login.flowId);
      return (await refresh(bed, login.refreshToken)).status;
    };
    expect(await becomes({ usernameKey: '' })).toBe(401); // deleted: the name is erased
    expect(await becomes(undefined)).toBe(401);
    expect(await becomes({ standing: false })).toBe(401); // locked, or policy says otherwise today
    expect(await becomes({ status: 'failed' })).toBe(401);
    expect(await becomes({ userId: 'somebody-else' })).toBe(401);
    expect(await becomes({ appId: 'shop' })).toBe(401);
    // none of this used it up
    expect(await becomes({ standing: true })).toBe(200);
  });

  it('an orchestrator that is away is 503, and the token is not used up', async () => {
    const login = await logIn(bed, 'dana');
    const { serviceUrls } = bed.config;
    await bed.restart({ serviceUrls: { ...serviceUrls, 'mfa-orchestrator': 'http://127.0.0.1:1' } });
    expect((await refresh(bed, login.refreshToken)).status).toBe(503);
    await bed.restart({ serviceUrls });
    expect((await refresh(bed, login.refreshToken)).status).toBe(200);
    const [row] = await bed.rows('SELECT generation FROM issued_tokens WHERE flow_id = $1', [login.flowId]);
    expect(row).toEqual({ generation: 1 });
  });

  it('is for pages: the application’s origins may read the answer', async () => {
    const headers = { origin: 'https://page.example' };
    const preflight = await bed.call('OPTIONS', '/apps/bank/fido2/v2/auth/refresh', {
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
  });
});
