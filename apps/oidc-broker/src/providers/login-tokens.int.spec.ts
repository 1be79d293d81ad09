import { createPublicKey, verify } from 'node:crypto';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { partsOf, send } from '../../test/relying-party.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
let dana: KnownUser;
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
  dana = await demo.user('dana');
});
afterAll(() => broker.close());

const ISSUER = 'http://localhost:4000/oidc/demo';
const rowsOf = async (kind: string) =>
  (
    await broker.service.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM oidc_records WHERE kind = $1',
      [kind],
    )
  )[0]?.n;

describe('a regular client', () => {
  it('seed V8, RFC 9207: gets code, state and iss, and for the code access token and id_token', async () => {
    const party = demo.relyingParty(await demo.client());
    const callback = await demo.signIn(party, 'dana');
    expect(callback).toEqual({ code: expect.any(String), state: party.state, iss: ISSUER });
    const { status, json } = await party.redeem(callback.code ?? '');
    expect([status, Object.keys(json).sort()]).toEqual([
      200,
      ['access_token', 'expires_in', 'id_token', 'scope', 'token_type'],
    ]);
    const { claims } = partsOf(json.id_token);
    expect(claims).toMatchObject({
      iss: ISSUER,
      aud: party.client.clientId,
      sub: dana.userId,
      nonce: party.nonce,
    });
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1', auth_time: expect.any(Number) });
    expect(json.access_token).toMatch(/^[\w-]{43}$/);
  });

  it('security 33: userinfo’s sub is the id_token’s', async () => {
    const party = demo.relyingParty(await demo.client({ scopes: ['openid', 'profile'] }));
    const { access_token: token } = await demo.tokens(party, 'dana', { scope: 'openid profile' });
    expect((await party.userinfo(token)).json).toEqual({ sub: dana.userId });
  });

  it.each(['EdDSA', 'ES256', 'RS256'])('gets id_tokens by its own algorithm: %s', async (signingAlg) => {
    const party = demo.relyingParty(await demo.client({ signingAlg }));
    const { id_token: token } = await demo.tokens(party, 'dana');
    const { header } = partsOf(token);
    const { json } = await send(broker, `${ISSUER}/.well-known/jwks`);
    const jwk = json.keys.find((key: { kid: string }) => key.kid === header.kid);
    expect([header.alg, jwk.alg]).toEqual([signingAlg, signingAlg]);
    const [head, body, signature = ''] = token.split('.');
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
    const digest = signingAlg === 'EdDSA' ? null : 'sha256';
    expect(verify(digest, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
  });

  it('security 14: what lies in the database opens nothing', async () => {
    const party = demo.relyingParty(
      await demo.client({ grantTypes: ['authorization_code', 'refresh_token'] }),
    );
    const { access_token: access, refresh_token: refresh } = await demo.tokens(party, 'dana');
    const rows = await broker.service.database.query<{ row: string }>(
      'SELECT r::text AS row FROM oidc_records r',
    );
    const text = rows.map(({ row }) => row).join('\n');
    expect(rows.length).toBeGreaterThan(3);
    expect([text.includes(access), text.includes(refresh)]).toEqual([false, false]);
  });
});

describe('V5: a code', () => {
  const fresh = async (more: object = {}) => {
    const party = demo.relyingParty(await demo.client(more));
    return { party, code: (await demo.signIn(party, 'dana')).code ?? '' };
  };

  it.each([
    ['OP-03: without its verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['OP-03: with another verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['OP-06: at another redirect_uri', { redirect_uri: 'https://shop.example/other' }, 'invalid_grant'],
    ['with a wrong secret', { client_secret: 'cs_wrong' }, 'invalid_client'],
  ])('%s is refused', async (_case, changed, error) => {
    const { party, code } = await fresh();
    const { status, json } = await party.redeem(code, changed);
    expect([status, json.error]).toEqual([error === 'invalid_client' ? 401 : 400, error]);
  });

  it('OP-06: of another client is refused', async () => {
    const { code, party } = await fresh();
    const other = demo.relyingParty(await demo.client());
    expect((await other.redeem(code, { code_verifier: party.verifier })).json.error).toBe('invalid_grant');
  });

  it('security 23: used again is refused, and ends what came of it', async () => {
    const { party, code } = await fresh();
    const { access_token: token } = (await party.redeem(code)).json;
    expect((await party.userinfo(token)).status).toBe(200);
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
    expect((await party.userinfo(token)).status).toBe(401);
  });

  it('invariant 2: redeemed ten times at once gives tokens at most once, and those end', async () => {
    const { party, code } = await fresh();
    const answers = await Promise.all(Array.from({ length: 10 }, () => party.redeem(code)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { json } of answers.filter(({ status }) => status !== 200))
      expect(json.error).toBe('invalid_grant');
    for (const { json } of good) expect((await party.userinfo(json.access_token)).status).toBe(401);
  });

  it('expires by the database’s clock', async () => {
    const { party, code } = await fresh();
    await broker.service.database.query(
      `UPDATE oidc_records SET expires_at = now() WHERE kind = 'AuthorizationCode'`,
    );
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
  });

  it('security 23: holds for 30 seconds', async () => {
    await fresh();
    const [row] = await broker.service.database.query<{ left: number }>(
      `SELECT max(extract(epoch FROM expires_at - clock_timestamp()))::float8 AS left FROM oidc_records WHERE kind = 'AuthorizationCode'`,
    );
    expect(row?.left).toBeGreaterThan(20);
    expect(row?.left).toBeLessThanOrEqual(30);
  });
});

describe('refresh tokens', () => {
  const refreshing = {
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access'],
  };

  it('OP-13: rotate; one that was used already is refused, also after a restart, and its family is revoked', async () => {
    const party = demo.relyingParty(await demo.client(refreshing));
    const first = await demo.tokens(party, 'dana', { scope: 'openid offline_access', prompt: 'consent' });
    const second = (await party.refresh(first.refresh_token)).json;
    expect(second).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await broker.restart();
    expect((await party.refresh(first.refresh_token)).json.error).toBe('invalid_grant');
    expect((await party.refresh(second.refresh_token)).json.error).toBe('invalid_grant');
    expect((await party.userinfo(second.access_token)).status).toBe(401);
  });

  it('security 29: end for good, however often they are rotated', async () => {
    const party = demo.relyingParty(await demo.client(refreshing));
    const first = await demo.tokens(party, 'dana', { scope: 'openid offline_access', prompt: 'consent' });
    await broker.service.database.query(
      `UPDATE oidc_records SET payload = jsonb_set(payload::jsonb, '{iiat}', to_jsonb(extract(epoch FROM now())::int - 29 * 86400))::text
       WHERE kind = 'RefreshToken'`,
    );
    await party.refresh(first.refresh_token);
    const [row] = await broker.service.database.query<{ left: number }>(
      `SELECT extract(epoch FROM expires_at - now())::float8 AS left FROM oidc_records WHERE kind = 'RefreshToken' AND consumed_at IS NULL
       ORDER BY expires_at LIMIT 1`,
    );
    expect(row?.left).toBeLessThan(86_405);
  });
});

describe('OP-14: of a user who is disabled', () => {
  it('refresh, introspection and userinfo fail at once', async () => {
    const erin = await demo.user('erin');
    const refreshing = {
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'offline_access'],
    };
    const party = demo.relyingParty(await demo.client(refreshing));
    const tokens = await demo.tokens(party, 'erin', { scope: 'openid offline_access', prompt: 'consent' });
    expect((await party.post('introspect', { token: tokens.access_token })).json).toMatchObject({
      active: true,
      sub: erin.userId,
    });
    await demo.manage('PATCH', '/v1/directory/users/erin', { enabled: false });
    expect((await party.post('introspect', { token: tokens.access_token })).json).toEqual({ active: false });
    expect((await party.userinfo(tokens.access_token)).status).toBe(401);
    expect((await party.refresh(tokens.refresh_token)).json.error).toBe('invalid_grant');
  });
});

it('keeps nothing for a request that is refused', async () => {
  const before = await rowsOf('Interaction');
  const party = demo.relyingParty(await demo.client());
  await send(broker, party.authorizeUrl({ redirect_uri: 'https://evil.example/' }));
  expect(await rowsOf('Interaction')).toBe(before);
});
