import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TOKEN_TRICKS } from './evil-redemptions.ts';
import { EvilRelyingParty } from './evil-relying-party.ts';
import { AUTHORIZE_TRICKS, type EvilClient, redirectUriTricks, type Turn } from './evil-requests.ts';

/** A provider that writes down what it is asked, and refuses. */
const asked: { url: string; authorization: string | undefined; form: URLSearchParams }[] = [];
let provider: Server;
let issuer: string;
let party: EvilRelyingParty;
let client: EvilClient;
let other: EvilClient;

beforeAll(async () => {
  provider = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      const known = url.endsWith('/.well-known/openid-configuration');
      if (!known)
        asked.push({
          url,
          authorization: headers.authorization,
          form: new URLSearchParams(Buffer.concat(chunks).toString()),
        });
      const endpoints = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        pushed_authorization_request_endpoint: `${issuer}/par`,
      };
      response
        .writeHead(known ? 200 : 400, { 'content-type': 'application/json' })
        .end(JSON.stringify(known ? endpoints : { error: 'invalid_grant' }));
    });
  });
  await new Promise<void>((listening) => provider.listen(0, '127.0.0.1', listening));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  party = await EvilRelyingParty.open();
  await party.meet(issuer);
  client = { clientId: 'c 1', clientSecret: 's:1', redirectUri: party.redirectUri };
  other = { clientId: 'c2', clientSecret: 's2', redirectUri: 'https://other.example/cb' };
});
afterAll(async () => {
  await party?.close();
  provider?.closeAllConnections();
  await new Promise((closed) => provider?.close(closed));
});
beforeEach(() => {
  asked.length = 0;
  party.received.length = 0;
  party.manner = 'ok';
});

describe('an evil relying party can behave', () => {
  it('RFC 7636 §4.2: its challenge is the hash of its verifier, and every turn is new', () => {
    const turn = party.turn();
    expect(turn.challenge).toBe(createHash('sha256').update(turn.verifier).digest('base64url'));
    expect(turn.verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(party.turn()).not.toEqual(turn);
  });

  it('RFC 6749 §2.3.1: names itself by Basic, form-encoded; without a secret by its id', async () => {
    await party.redeem(client, party.turn(), 'code');
    await party.redeem({ clientId: 'open', redirectUri: 'x:/' }, party.turn(), 'code');
    expect(Buffer.from(asked[0]?.authorization?.slice(6) ?? '', 'base64').toString()).toBe('c+1:s%3A1');
    expect(asked[0]?.form.has('client_id')).toBe(false);
    expect([asked[1]?.authorization, asked[1]?.form.get('client_id')]).toEqual([undefined, 'open']);
  });

  it('reaches a provider at another door, and believes only its own issuer', async () => {
    const inside = await EvilRelyingParty.open();
    await expect(inside.meet('https://id.example/oidc/demo', issuer)).rejects.toThrow(`says it is ${issuer}`);
    expect(asked).toEqual([]);
    await inside.close();
  });

  it('refuses a provider that says it is another', async () => {
    await expect(party.meet(`${issuer}/`)).rejects.toThrow('says it is');
  });
});

describe('what reaches it is remembered', () => {
  it('callbacks by state, by query and by form', async () => {
    await fetch(`${party.redirectUri}?code=a&state=1`);
    await fetch(party.redirectUri, { method: 'POST', body: new URLSearchParams({ code: 'b', state: '2' }) });
    expect(party.callbacks().map((query) => query.get('code'))).toEqual(['a', 'b']);
    expect(party.callbacks('2').map((query) => query.get('code'))).toEqual(['b']);
  });

  it('logout tokens', async () => {
    await fetch(party.backchannelLogoutUri, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 't' }),
    });
    expect(party.logoutTokens()).toEqual(['t']);
  });

  it.each([
    ['error', 500],
    ['redirect', 307],
  ] as const)('in the manner %s it answers %d', async (manner, status) => {
    party.manner = manner;
    const answer = await fetch(party.backchannelLogoutUri, { method: 'POST', redirect: 'manual' });
    expect(answer.status).toBe(status);
  });

  it.each(['hang', 'endless'] as const)('in the manner %s it comes to no end', async (manner) => {
    party.manner = manner;
    const answer = fetch(party.backchannelLogoutUri, { signal: AbortSignal.timeout(200) }).then((got) =>
      got.text(),
    );
    await expect(answer).rejects.toThrow();
    expect(party.received).toHaveLength(1);
  });
});

describe('its tricks', () => {
  const changed = (change: (params: URLSearchParams, turn: Turn) => void) => {
    const turn = party.turn();
    const params = party.honest(client, turn);
    change(params, turn);
    return [params.toString(), party.honest(client, turn).toString()];
  };

  it.each(AUTHORIZE_TRICKS.map((trick) => [trick.title, trick] as const))(
    '%s is another request',
    (_title, trick) => {
      const [evil, honest] = changed(trick.change);
      expect(evil).not.toBe(honest);
    },
  );

  it('OP-03: plain shows the verifier', () => {
    const turn = party.turn();
    const params = party.honest(client, turn);
    AUTHORIZE_TRICKS.find(({ title }) => title.includes('by plain'))?.change(params, turn);
    expect([params.get('code_challenge'), params.get('code_challenge_method')]).toEqual([
      turn.verifier,
      'plain',
    ]);
  });

  it.each(TOKEN_TRICKS.map((trick) => [trick.title, trick] as const))(
    '%s is another redemption',
    async (_title, trick) => {
      const turn = party.turn();
      await party.redeem(client, turn, 'code');
      await party.redeem(client, turn, 'code', (redemption) => trick.change(redemption, other));
      const [honest, evil] = asked.map(({ authorization, form }) => [authorization, form.toString()]);
      expect(evil).not.toEqual(honest);
    },
  );

  it.each(['https://shop.example/callback', 'http://127.0.0.1:4000/callback'])(
    'OP-01: no spelling is %s itself',
    (uri) => {
      const spellings = redirectUriTricks(uri).map(([, spelling]) => spelling);
      expect(spellings).not.toContain(uri);
      expect(new Set(spellings).size).toBe(spellings.length);
    },
  );

  it('OP-07: a request_uri is used again, by others, with more than was pushed', async () => {
    await party.push(client, party.honest(client, party.turn()));
    expect(asked[0]).toMatchObject({ url: '/par' });
    const url = new URL(party.pushedUrl(other, 'urn:x', { prompt: 'none' }));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'c2',
      request_uri: 'urn:x',
      prompt: 'none',
    });
  });
});
