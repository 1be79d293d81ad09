import { SCOPES, SERVICES, type Scope } from '@countersign/contracts';
import type { RouteInfo } from '@countersign/service-kit';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { type Credentials, serviceToken, worthless } from '../../src/credentials.ts';
import { type Answer, basic, bearer, send } from '../../src/http.ts';
import { isInternal, isOwn, isPage, pathOf } from '../../src/route-paths.ts';
import { System } from '../../src/system.ts';

/*
 * Every route of every service, directly and through the gateway, with every credential that is not the right one. The
 * table comes from the running services, so a route that is added is in it; what is expected comes from its access rule.
 */
const system = await System.boot('matrix');
const services = ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const;
type Service = (typeof services)[number];
const table = services.flatMap((service) =>
  system
    .service(service)
    .routes.filter(({ method }) => method !== 'OPTIONS')
    .map((route) => ({ service, route, title: `${service} ${route.method} ${route.url}` })),
);
const ofKind = <K extends RouteInfo['access']['kind']>(kind: K) =>
  table.filter(({ route }) => route.access.kind === kind) as {
    service: Service;
    title: string;
    route: RouteInfo & { access: Extract<RouteInfo['access'], { kind: K }> };
  }[];

let bank: Bank;
let other: Bank;
let wrong: Credentials;
let session: string;
let foreignSession: string;
let accessToken: string;
let foreignToken: string;
const tokenOf = async (of: Bank) =>
  expectStatus(await (await of.login('matrix-user')).verify(await of.grant('matrix-user')), 200).accessToken;
/** For each scope a key that has all the others. */
const lacking = new Map<Scope, string>();

beforeAll(async () => {
  [bank, other] = [await system.bank(), await system.bank()];
  wrong = await worthless(bank);
  session = (await bank.login('matrix-page')).session;
  foreignSession = (await other.login('matrix-page')).session;
  [accessToken, foreignToken] = [await tokenOf(bank), await tokenOf(other)];
  for (const scope of SCOPES) lacking.set(scope, (await bank.key(SCOPES.filter((one) => one !== scope))).key);
});
afterAll(() => system.close());

/** Both ways to a route; for internal ones the direct way is the only one. */
const waysTo = (service: Service, route: RouteInfo): [string, string][] =>
  isInternal(route) || isOwn(route)
    ? [['directly', system.service(service).url]]
    : [
        ['directly', system.service(service).url],
        ['through the gateway', system.gateway],
      ];
const ask = (
  base: string,
  route: RouteInfo,
  authorization: string | undefined,
  prefix = `/apps/${bank.appId}`,
  headers: Record<string, string> = {},
) =>
  send(route.method, base, `${isInternal(route) ? '' : prefix}${pathOf(route)}`, {
    ...(authorization !== undefined && { authorization }),
    ...(['POST', 'PUT', 'PATCH'].includes(route.method) && { body: {} }),
    headers,
  });

/** All of these credentials get that status, by every way, and no session. */
async function expectAll(service: Service, route: RouteInfo, credentials: Credentials, status: number) {
  const got: Record<string, number> = {};
  const expected: Record<string, number> = {};
  for (const [way, base] of waysTo(service, route))
    for (const [name, authorization] of Object.entries(credentials)) {
      const answer: Answer = await ask(base, route, authorization);
      got[`${name}, ${way}`] = answer.status;
      expected[`${name}, ${way}`] = status;
      if (answer.body?.session) throw new Error(`${name}: the answer carries a session`);
    }
  expect(got).toEqual(expected);
}

const asService = async (service: Service): Promise<Credentials> => ({
  'a service token': bearer(await serviceToken('mfa-orchestrator', service)),
  'a service token of token-service': bearer(await serviceToken('token-service', service)),
});

it('the table is whole: routes of every kind, in every service', () => {
  expect(table.length).toBeGreaterThan(60);
  for (const service of services)
    for (const kind of ['open', 'apiKey'])
      expect(table.some((row) => row.service === service && row.route.access.kind === kind)).toBe(true);
});

describe('routes for API keys', () => {
  it.each(ofKind('apiKey'))('EXT-06, ST-05, API-01: $title', async ({ service, route }) => {
    const { scope, platformOnly } = route.access;
    const sessions = { 'an MFA session': session, 'an MFA session as Bearer': bearer(session) };
    await expectAll(service, route, { ...wrong, ...sessions, ...(await asService(service)) }, 401);
    const foreign = {
      'another application’s key': bearer(other.apiKey),
      'another application’s key as Basic': basic(other.apiKey),
      'the platform’s key': bearer(system.platformKey),
    };
    await expectAll(service, route, foreign, 404);
    if (scope)
      await expectAll(service, route, { [`a key without ${scope}`]: bearer(lacking.get(scope)!) }, 403);
    if (platformOnly)
      await expectAll(service, route, { 'a key of an application': bearer(bank.apiKey) }, 403);
    // the right one is let in, whatever the service then says about a path that names nothing
    if (route.url.endsWith('/stream')) return;
    const [prefix, key] = platformOnly
      ? ['/apps/platform', system.platformKey]
      : [`/apps/${bank.appId}`, bank.apiKey];
    for (const [way, base] of waysTo(service, route)) {
      const { status, body } = await ask(base, route, bearer(key), prefix);
      expect([way, [401, 403, 500, 503].includes(status), body?.code]).not.toEqual([way, true, body?.code]);
      expect(body?.code).not.toBe('access/application-not-found');
    }
  });
});

describe('routes for MFA sessions', () => {
  it.each(ofKind('session'))('ST-05: $title', async ({ service, route }) => {
    const others = {
      'an API key': bearer(bank.apiKey),
      'an API key as Basic': basic(bank.apiKey),
      'the platform’s key': bearer(system.platformKey),
      'a session of another application': foreignSession,
      'a session as Basic': basic(session),
      ...(await asService(service)),
    };
    await expectAll(service, route, { ...wrong, ...others }, 401);
    const own = (await bank.login('matrix-own')).session;
    expect((await ask(system.gateway, route, own)).status).not.toBe(401);
  });
});

describe('routes for users’ access tokens', () => {
  it.each(ofKind('userToken'))('ST-05, JWT-06: $title', async ({ service, route }) => {
    const { 'an access token': _, 'no credential': none, 'an empty one': empty, ...rest } = wrong;
    const absent = { 'no credential': none, 'an empty one': empty };
    const others = {
      'an API key': bearer(bank.apiKey),
      'an API key as Basic': basic(bank.apiKey),
      'an MFA session': session,
      'an access token as Basic': basic(accessToken),
      'an access token of another application': foreignToken,
      ...(await asService(service)),
    };
    await expectAll(service, route, { ...rest, ...others, ...(route.access.optional ? {} : absent) }, 401);
    const { body: grant } = await bank.api('POST', '/fido2/v2/mgmt/grant', {
      grants: ['profile:read'],
      username: 'matrix-user',
    });
    if (route.access.scope)
      await expectAll(service, route, { 'a grant of something else': grant.token as string }, 403);
    for (const form of [accessToken, bearer(await tokenOf(bank))])
      expect([401, 403, 500]).not.toContain((await ask(system.gateway, route, form)).status);
    // the route may have ended it
    accessToken = await tokenOf(bank);
  });
});

describe('internal routes', () => {
  it.each(ofKind('service'))('ST-05, design: $title', async ({ service, route }) => {
    const { callers } = route.access;
    const none = {
      'an API key': bearer(bank.apiKey),
      'the platform’s key': bearer(system.platformKey),
      'an MFA session': session,
      'an MFA session as Bearer': bearer(session),
    };
    await expectAll(service, route, { ...wrong, ...none }, 401);
    for (const caller of SERVICES) {
      const token = await serviceToken(caller, service);
      if (!callers.includes(caller))
        await expectAll(service, route, { [`a token of ${caller}`]: bearer(token) }, 403);
      // a token for another service opens nothing here
      const elsewhere = SERVICES.find((name) => name !== service)!;
      const misdirected = bearer(await serviceToken(caller, elsewhere));
      await expectAll(service, route, { [`a token of ${caller} for ${elsewhere}`]: misdirected }, 401);
    }
    const right = bearer(await serviceToken(callers[0]!, service));
    const direct = await ask(system.service(service).url, route, right);
    expect([401, 403]).not.toContain(direct.status);
    expect((await ask(system.gateway, route, right)).status).toBe(404);
  });
});

describe('open routes', () => {
  it.each(ofKind('open'))('$title asks for no credential and minds none', async ({ service, route }) => {
    const some = { none: undefined, key: bearer(bank.apiKey), session, garbage: bearer('garbage') };
    for (const [, base] of waysTo(service, route))
      for (const authorization of Object.values(some)) {
        // a page refuses forms that are not its own, and answers to what this browser never asked
        const refusals = isPage(route) ? [401, 500] : [401, 403, 500];
        expect(refusals).not.toContain((await ask(base, route, authorization)).status);
      }
    if (isOwn(route) && !route.url.endsWith('z'))
      expect((await ask(system.gateway, route, undefined, '')).status).toBe(404);
  });
});

describe('cookies', () => {
  /** The right credential of each kind of route. */
  const right = {
    open: () => session,
    apiKey: () => bank.apiKey,
    session: () => session,
    userToken: () => accessToken,
    service: (service: Service) => serviceToken('mfa-orchestrator', service),
  };
  const names = ['session', 'mfa-session', 'token', 'access_token', 'Authorization', '__Host-session'];

  it.each(table)('SES-08, ST-05: no cookie opens $title, and it sets none', async ({ service, route }) => {
    const credential = await right[route.access.kind](service);
    const cookie = [...names, `LoginID_${bank.appId}_access_token`].map((name) => `${name}=${credential}`);
    const mayBeAbsent =
      route.access.kind === 'open' || (route.access.kind === 'userToken' && route.access.optional);
    for (const [way, base] of waysTo(service, route)) {
      const answer = await ask(base, route, undefined, undefined, { cookie: cookie.join('; ') });
      const set = answer.headers['set-cookie'];
      // a page's cookie is nobody else's to read or send
      if (isPage(route)) for (const one of set ?? []) expect(one).toMatch(/; HttpOnly.*; SameSite=Lax/i);
      else expect([way, set]).toEqual([way, undefined]);
      if (!mayBeAbsent) expect([way, answer.status]).toEqual([way, 401]);
    }
  });

  it('SES-08: a login from begin to logout sets none, nor does a page', async () => {
    const page = await bank.login('cookies');
    const done = await page.verify(await bank.grant('cookies', { flowId: page.flowId }));
    const tokens = expectStatus(done, 200);
    const refreshed = await bank.call('POST', '/fido2/v2/auth/refresh', {
      body: { refreshToken: tokens.refreshToken },
    });
    const { accessToken: authorization } = expectStatus(refreshed, 200);
    const answers = [
      done,
      refreshed,
      await bank.tryBegin({ user: { username: 'cookies' } }),
      await bank.call('GET', '/v1/me/factors', { authorization }),
      await bank.call('POST', '/fido2/v2/auth/logout', { authorization }),
    ];
    for (const path of ['/', '/docs', '/errors', '/phone', '/try', '/try/try.js'])
      answers.push(await send('GET', system.gateway, path));
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
  });
});
