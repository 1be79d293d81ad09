import {
  AUTHORIZE_TRICKS,
  type EndpointAnswer,
  type EvilClient,
  EvilRelyingParty,
  redirectUriTricks,
  type Refusal,
  TOKEN_TRICKS,
  type Turn,
} from '@countersign/testing';
import { Providers } from '../src/providers/providers.ts';
import { confidentialClient, management } from './management.ts';
import { OidcBroker } from './oidc-broker.ts';

/** What an evil relying party gets before any user has signed in: the rest needs a browser (apps/e2e). */
const ISSUER = 'http://localhost:4000/oidc/demo';
const SCOPES = ['openid', 'offline_access', '2fa', '2fa_link'];
const broker = new OidcBroker();
let party: EvilRelyingParty;
let client: EvilClient;
let other: EvilClient;
let open: EvilClient;

beforeAll(async () => {
  await broker.open();
  party = await EvilRelyingParty.open();
  await party.meet(ISSUER, broker.service.url);
  const demo = management(broker, 'demo');
  const register = async (more: object): Promise<EvilClient> => {
    const { body } = await demo('POST', '/v1/clients', { ...confidentialClient, scopes: SCOPES, ...more });
    const { clientId, redirectUris } = body.client;
    return { clientId, clientSecret: body.clientSecret, redirectUri: redirectUris[0] };
  };
  client = await register({
    redirectUris: [party.redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
  });
  other = await register({});
  open = await register({ kind: 'public', scopes: ['openid'], redirectUris: [party.redirectUri] });
});
afterAll(async () => {
  await party?.close();
  await broker.close();
});

const location = (answer: EndpointAnswer) => {
  const text = answer.headers.get('location');
  return text === null ? undefined : new URL(text, broker.service.url);
};
/** The login begins: no redirect to the client yet. */
const asks = (answer: EndpointAnswer) =>
  /^\/oidc\/demo\/interaction\//.test(location(answer)?.pathname ?? '');

/** No code, no page of a login; an error where the client is told of one, with its state and the issuer (RFC 9207). */
function expectRefused(answer: EndpointAnswer, refused: Refusal, turn: Turn): void {
  const to = location(answer);
  if (refused === 'page' || !to) {
    expect([answer.status, to]).toEqual([400, undefined]);
    expect(answer.headers.get('content-type')).toContain('text/html');
    return;
  }
  expect(`${to.origin}${to.pathname}`).toBe(party.redirectUri);
  // OAuth 2.0 Multiple Response Types §5: asked for a token, the answer is in the fragment
  const told = new URLSearchParams(to.search || to.hash.slice(1));
  expect(refused).toContain(told.get('error'));
  expect([told.get('code'), told.get('access_token'), told.get('id_token')]).toEqual([null, null, null]);
  expect([told.get('state'), told.get('iss')]).toEqual([turn.state, ISSUER]);
}

describe('authorization requests of an evil relying party', () => {
  it('an honest one begins a login, of a confidential and of a public client', async () => {
    for (const one of [client, open])
      expect(asks(await party.authorize(party.honest(one, party.turn())))).toBe(true);
  });

  it.each(AUTHORIZE_TRICKS.map((trick) => [trick.title, trick] as const))('%s', async (_title, trick) => {
    const turn = party.turn();
    const params = party.honest(client, turn);
    trick.change(params, turn);
    expectRefused(await party.authorize(params), trick.refused, turn);
  });

  it.each(
    AUTHORIZE_TRICKS.filter(({ title }) => title.startsWith('OP-03')).map(
      (trick) => [trick.title, trick] as const,
    ),
  )('%s, of a public client', async (_title, trick) => {
    const turn = party.turn();
    const params = party.honest(open, turn);
    trick.change(params, turn);
    expectRefused(await party.authorize(params), trick.refused, turn);
  });

  it.each(redirectUriTricks('https://shop.example/callback'))(
    'OP-01: %s leads to a page and nowhere else (%s)',
    async (_title, uri) => {
      const turn = party.turn();
      const params = party.honest(other, turn, { redirect_uri: uri });
      expectRefused(await party.authorize(params), 'page', turn);
    },
  );

  it('OP-01: another client’s redirect URI leads to a page', async () => {
    const turn = party.turn();
    const params = party.honest(client, turn, { redirect_uri: other.redirectUri });
    expectRefused(await party.authorize(params), 'page', turn);
  });

  it('seed V6: a second factor without nonce, or without login_hint, is refused', async () => {
    for (const missing of ['nonce', 'login_hint']) {
      const turn = party.turn();
      const params = party.honest(client, turn, { scope: 'openid 2fa', login_hint: 'dana' });
      params.delete(missing);
      expectRefused(await party.authorize(params), ['invalid_request'], turn);
    }
  });
});

describe('pushed requests of an evil relying party (RFC 9126)', () => {
  const push = async (by = client) => {
    const turn = party.turn();
    const answer = await party.push(by, party.honest(by, turn));
    expect(answer.status).toBe(201);
    return { turn, requestUri: answer.body.request_uri as string };
  };
  const visit = async (url: string): Promise<EndpointAnswer> => {
    const response = await fetch(url, { redirect: 'manual' });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  it('OP-07: a request_uri is good once', async () => {
    const { turn, requestUri } = await push();
    expect(asks(await visit(party.pushedUrl(client, requestUri)))).toBe(true);
    const again = await visit(party.pushedUrl(client, requestUri));
    expect(asks(again)).toBe(false);
    expectRefused(again, 'page', turn);
  });

  it('OP-07: used ten times at once it begins one login', async () => {
    const { requestUri } = await push();
    const url = party.pushedUrl(client, requestUri);
    const answers = await Promise.all(Array.from({ length: 10 }, () => visit(url)));
    expect(answers.filter(asks)).toHaveLength(1);
  });

  it('OP-07: with prompt=none it is good once too', async () => {
    const turn = party.turn();
    const { body } = await party.push(client, party.honest(client, turn, { prompt: 'none' }));
    const first = location(await visit(party.pushedUrl(client, body.request_uri)));
    expect(first?.searchParams.get('error')).toBe('login_required');
    expectRefused(await visit(party.pushedUrl(client, body.request_uri)), 'page', turn);
  });

  it('OP-07: another client cannot use it', async () => {
    const { turn, requestUri } = await push();
    const stolen = await visit(party.pushedUrl(other, requestUri));
    expect(asks(stolen)).toBe(false);
    expectRefused(stolen, 'page', turn);
  });

  it('OP-07: what the browser adds changes nothing that was pushed', async () => {
    const turn = party.turn();
    const { body } = await party.push(client, party.honest(client, turn, { prompt: 'none' }));
    const evil = { redirect_uri: other.redirectUri, state: 'evil', prompt: 'login', scope: 'openid 2fa' };
    const answer = await visit(party.pushedUrl(client, body.request_uri, evil));
    const to = location(answer);
    if (!to) return expect(answer.status).toBe(400);
    expect(to.href.startsWith(`${party.redirectUri}?`)).toBe(true);
    expect(['login_required', 'invalid_request']).toContain(to.searchParams.get('error'));
    expect(to.searchParams.get('state')).toBe(turn.state);
  });

  it('nobody pushes for a client without its secret', async () => {
    for (const by of [
      { ...client, clientSecret: `${client.clientSecret}x` },
      { ...client, clientSecret: other.clientSecret as string },
      { clientId: client.clientId, redirectUri: client.redirectUri },
      { ...client, clientId: 'nobody' },
    ]) {
      const answer = await party.push(by, party.honest(by, party.turn()));
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    }
  });

  it.each(
    AUTHORIZE_TRICKS.filter(({ title }) => !/client/.test(title)).map(
      (trick) => [trick.title, trick] as const,
    ),
  )('%s is refused when it is pushed', async (_title, trick) => {
    const turn = party.turn();
    const params = party.honest(client, turn);
    trick.change(params, turn);
    const { status, body } = await party.push(client, params);
    expect([status, body.error]).toEqual([400, expect.any(String)]);
    if (trick.refused !== 'page') expect(trick.refused).toContain(body.error);
  });
});

describe('the token endpoint and an evil relying party', () => {
  const origin = new URL(ISSUER).origin;
  let accountId: string;

  beforeAll(async () => {
    const { body } = await management(broker, 'demo', 'user:write')('POST', '/v1/directory/users', {
      username: 'dana',
    });
    accountId = body.userId;
  });

  /** A code as it is after dana has signed in to `of` in that turn. */
  async function codeFor(of: EvilClient, turn: Turn): Promise<string> {
    const provider = await broker.service.app.get(Providers, { strict: false }).for('demo', origin);
    if (!provider) throw new Error('no provider');
    const known = await provider.Client.find(of.clientId);
    if (!known) throw new Error('no client');
    const grant = new provider.Grant({ accountId, clientId: of.clientId });
    grant.addOIDCScope('openid');
    const code = new provider.AuthorizationCode({
      accountId,
      client: known,
      grantId: await grant.save(),
      gty: 'authorization_code',
      redirectUri: of.redirectUri,
      scope: 'openid',
      nonce: turn.nonce,
      codeChallenge: turn.challenge,
      codeChallengeMethod: 'S256',
      authTime: Math.floor(Date.now() / 1000),
    });
    return code.save();
  }

  it('an honest client gets its tokens; a code replayed gets none, and ends those of the first (RFC 9700 §4.5)', async () => {
    const turn = party.turn();
    const code = await codeFor(client, turn);
    const first = await party.redeem(client, turn, code);
    if (first.status !== 200) throw new Error(JSON.stringify(first.body));
    expect([first.status, Object.keys(first.body)]).toEqual([
      200,
      expect.arrayContaining(['access_token', 'id_token']),
    ]);
    const again = await party.redeem(client, turn, code);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    const asked = await fetch(`${broker.service.url}/oidc/demo/userinfo`, {
      headers: { authorization: `Bearer ${first.body.access_token}` },
    });
    expect(asked.status).toBe(401);
  });

  it('security 23: of ten replays at once one at most gets tokens', async () => {
    const turn = party.turn();
    const code = await codeFor(client, turn);
    const answers = await Promise.all(Array.from({ length: 10 }, () => party.redeem(client, turn, code)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it.each(TOKEN_TRICKS.map((trick) => [trick.title, trick] as const))('%s', async (_title, trick) => {
    const turn = party.turn();
    const code = await codeFor(client, turn);
    const { status, body } = await party.redeem(client, turn, code, (it) => trick.change(it, other));
    expect([status, trick.refused]).toEqual([
      body.error === 'invalid_client' ? 401 : 400,
      expect.arrayContaining([body.error]),
    ]);
    expect(Object.keys(body)).not.toContain('id_token');
  });

  it.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'client_credentials', ''])(
    'security 25: grant_type %j is refused',
    async (grant) => {
      const form = new URLSearchParams({
        grant_type: grant,
        username: 'dana',
        password: 'x',
        assertion: 'x',
      });
      const { status, body } = await party.token(client, form);
      expect(status).toBe(400);
      expect(['unsupported_grant_type', 'unauthorized_client', 'invalid_request']).toContain(body.error);
    },
  );

  it('a code that was guessed is refused, and a client that is not itself', async () => {
    const turn = party.turn();
    const guessed = await party.redeem(client, turn, 'x'.repeat(43));
    expect([guessed.status, guessed.body.error]).toEqual([400, 'invalid_grant']);
    const posed = await party.redeem(client, turn, 'x'.repeat(43), (it) => {
      it.client = { ...it.client, clientSecret: 'guess' };
    });
    expect([posed.status, posed.body.error]).toEqual([401, 'invalid_client']);
  });
});
