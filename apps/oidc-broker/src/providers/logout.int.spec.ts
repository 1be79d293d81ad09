import { jest } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublicKey, verify } from 'node:crypto';
import { waitFor } from '@countersign/testing';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { LogoutDelivery } from '../back-channel-logout/logout-delivery.ts';
import { type Answered, Browser, callbackOf, partsOf, send } from '../../test/relying-party.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
let demo: ProviderApplication;
let dana: KnownUser;
/** A client's address for logout tokens: what came, and how it answers. */
const told: string[] = [];
let answer = (): number => 200;
let door: Server;
let logoutUri: string;
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
  dana = await demo.user('dana');
  door = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      told.push(body);
      const status = answer();
      response.writeHead(status, status === 307 ? { location: 'http://127.0.0.1:1/' } : {}).end();
    });
  });
  await new Promise<void>((listening) => door.listen(0, '127.0.0.1', listening));
  logoutUri = `http://127.0.0.1:${(door.address() as AddressInfo).port}/bye`;
});
afterAll(async () => {
  await broker.close();
  door.closeAllConnections();
  await new Promise((closed) => door.close(closed));
});

/** What a client is still to be told: how often it was tried, and the pause before the next try. */
const noticesTo = (clientId: string) =>
  broker.service.database.query<{ attempts: number; seconds: number }>(
    `SELECT attempts, round(extract(epoch FROM due_at - clock_timestamp()), -1)::int AS seconds
     FROM logout_notices WHERE client_id = $1`,
    [clientId],
  );

const AFTER = 'https://shop.example/bye';

async function signedIn(more: object = {}) {
  const browser = new Browser(broker);
  const party = demo.relyingParty(await demo.client({ postLogoutRedirectUris: [AFTER], ...more }));
  const { code = '' } = await demo.signIn(party, 'dana', { browser });
  return { browser, party, tokens: (await party.redeem(code)).json };
}

const leave = async (
  { browser, party }: { browser: Browser; party: { issuer: string } },
  query: Record<string, string>,
  choice: Record<string, string> = { logout: 'yes' },
): Promise<Answered & { at: string }> => {
  const page = await browser.follow(`${party.issuer}/logout?${new URLSearchParams(query)}`);
  expect([page.status, page.text.includes('Sign out')]).toEqual([200, true]);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return browser.follow(`${party.issuer}/logout/confirm`, { form: { xsrf, ...choice } });
};

describe('RP-initiated logout', () => {
  it('asks the user, ends session and tokens, and leads back with state', async () => {
    const visit = await signedIn();
    const { party, tokens, browser } = visit;
    const hint = { id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER, state: 's1' };
    const { at } = await leave(visit, hint);
    expect(at).toBe(`${AFTER}?state=s1`);
    expect((await party.userinfo(tokens.access_token)).status).toBe(401);
    expect(callbackOf(await browser.follow(party.authorizeUrl({ prompt: 'none' }))).error).toBe(
      'login_required',
    );
  });

  it('remembers what the user consented to', async () => {
    const visit = await signedIn();
    await leave(visit, { client_id: visit.party.client.clientId });
    const [row] = await broker.service.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM oidc_records WHERE kind = 'Grant' AND client_id = $1`,
      [visit.party.client.clientId],
    );
    expect(row?.n).toBe(1);
  });

  it.each([
    `${AFTER}/`,
    `${AFTER}?x=1`,
    'https://evil.example/',
    'https://shop.example.evil.example/bye',
    'javascript:alert(1)',
  ])('OP-16: never to %s', async (post_logout_redirect_uri) => {
    const { party, tokens, browser } = await signedIn();
    const query = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri });
    const { status, headers } = await browser.go(`${party.issuer}/logout?${query}`);
    expect([status, headers.location]).toEqual([400, undefined]);
  });

  it('OP-16: nor anywhere where no client is named', async () => {
    const visit = await signedIn();
    const { at, status } = await leave(visit, { post_logout_redirect_uri: AFTER });
    expect([at.startsWith('http://localhost:4000/oidc/demo/logout/success'), status]).toEqual([true, 200]);
  });

  it('needs the page’s own token: another site’s form signs nobody out', async () => {
    const { browser, party } = await signedIn();
    const { status } = await browser.go(`${party.issuer}/logout/confirm`, {
      form: { xsrf: 'guess', logout: 'yes' },
    });
    expect(status).toBe(400);
    expect(callbackOf(await browser.follow(party.authorizeUrl({ prompt: 'none' }))).code).toBeDefined();
  });

  it('has a page that is framed by nobody', async () => {
    const { browser, party } = await signedIn();
    const { headers } = await browser.go(`${party.issuer}/logout`);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});

describe('OP-17: back-channel logout', () => {
  it('tells the client by a logout token: typed, signed, short, without nonce', async () => {
    told.length = 0;
    const visit = await signedIn({ backchannelLogoutUri: logoutUri, backchannelLogoutSessionRequired: true });
    const { sid } = partsOf(visit.tokens.id_token).claims;
    await leave(visit, { client_id: visit.party.client.clientId });
    await waitFor(() => told.length > 0);
    expect(told).toHaveLength(1);
    const token = new URLSearchParams(told[0]).get('logout_token') ?? '';
    const { header, claims } = partsOf(token);
    expect(header).toMatchObject({ typ: 'logout+jwt', alg: 'EdDSA' });
    const { iat } = claims as { iat: number };
    expect(claims).toEqual({
      ...{
        iss: visit.party.issuer,
        aud: visit.party.client.clientId,
        sub: dana.userId,
        sid,
        iat,
        exp: iat + 120,
      },
      ...{ jti: expect.any(String), events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    });
    const { json } = await send(broker, `${visit.party.issuer}/jwks`);
    const jwk = json.keys.find(({ kid }: { kid: string }) => kid === header.kid);
    const [head, body, signature = ''] = token.split('.');
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it.each([307, 500])(
    'a client that answers %d is asked again later, and the user is signed out all the same',
    async (status) => {
      told.length = 0;
      answer = () => status;
      try {
        const visit = await signedIn({ backchannelLogoutUri: logoutUri });
        const { clientId } = visit.party.client;
        const { at } = await leave(visit, { client_id: clientId });
        expect(at).toContain('/logout/success');
        await waitFor(async () => (await noticesTo(clientId))[0]?.seconds === 10);
        expect([told.length, await noticesTo(clientId)]).toEqual([1, [{ attempts: 1, seconds: 10 }]]);
      } finally {
        answer = () => 200;
      }
    },
  );

  it('OP-09: in production an address of this network is not asked', async () => {
    told.length = 0;
    const { party } = await signedIn({ backchannelLogoutUri: logoutUri });
    await broker.restart({ securityProfile: 'production', privateRelyingParties: [] });
    const browser = new Browser(broker);
    await demo.signIn(party, 'dana', { browser });
    const { clientId } = party.client;
    await leave({ browser, party }, { client_id: clientId });
    await waitFor(async () => (await noticesTo(clientId))[0]?.seconds === 10);
    expect(told).toEqual([]);
    // one that is named is: banks have relying parties on private networks
    await broker.restart({ securityProfile: 'production', privateRelyingParties: ['127.0.0.0/8'] });
    await broker.service.database.query('UPDATE logout_notices SET due_at = clock_timestamp()');
    await waitFor(async () => {
      await broker.service.app.get(LogoutDelivery).deliverDue();
      return told.length > 0;
    });
    expect(await noticesTo(clientId)).toEqual([]);
  });
});
