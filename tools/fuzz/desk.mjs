/**
 * The desk that hands schemathesis what it cannot make up: credentials, and ids of things that exist. HTTP on loopback,
 * for the hooks in hooks.py; made through the public doors, as a host application would.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ask, expectStatus } from '../smoke-steps.mjs';
import { keyFiles } from '../setup-keys.mjs';
import { TARGET, things } from './things.mjs';

const FLOW = '/fido2/v2/mfa';
/** Which service may ask which one's internal routes. */
const CALLER = {
  'mfa-orchestrator': 'token-service',
  'token-service': 'mfa-orchestrator',
  'sso-data': 'mfa-orchestrator',
};
/** Settings of the application: little is counted, so that what is tried is not refused before it is looked at. */
const SETTINGS = {
  openFlowsPerClientAddress: 100_000,
  contactMinAgeSeconds: 0,
  accountExistence: 'disclose', // which an open registration asks for
  openRegistration: true,
  messageBudgets: { perClientHour: 1_000_000, perPrefixDay: 1_000_000, perDay: 1_000_000 },
};
/** What a flow enrols that is made for a step of this path. */
const ENROLMENTS = {
  '/passkey/reg': 'passkey:reg',
  '/totp/request': 'totp:enrol',
  '/totp/enrol': 'totp:enrol',
  '/recovery/request': 'recovery:enrol',
  '/recovery/enrol': 'recovery:enrol',
  '/contact/request': 'email:enrol',
  '/contact/enrol': 'email:enrol',
};

/**
 * Opens the desk for a running system; answers { url, appId, close() }: the application everything is tried at is one
 * of its own. `keys` is where the installation's keys lie.
 */
export async function openDesk(run, keys) {
  const bank = await makeBank(run);
  const makers = {
    ...credentials(run, keys, bank),
    ...things(bank, () => `${urlOf(server)}/handler`),
    /** A vendor's SSO handler, which sends everybody to one place. */
    handler: () => JSON.stringify({ responseType: 'LINK_OUT', response: 'https://partner.example/' }),
  };
  const server = createServer((request, response) => {
    const asked = new URL(request.url, 'http://desk');
    Promise.resolve(makers[asked.pathname.slice(1)]?.(asked.searchParams.get('of')))
      .then((value = '') => response.end(String(value)))
      .catch((error) => response.writeHead(500).end(error.message));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: urlOf(server),
    appId: bank.appId,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

const urlOf = (server) => `http://127.0.0.1:${server.address().port}`;

/** An application whose policy nobody finds by guessing its name, so that flows can be begun whatever is tried. */
async function makeBank({ gateway, platformKey }) {
  const appId = 'fuzz';
  const policy = `base-${randomUUID()}`;
  const base = `${gateway}/apps/${appId}`;
  const asPlatform = async (path, body) =>
    expectStatus(await ask(`${gateway}/apps/platform`, 'POST', path, { key: platformKey, body }), 201);
  await asPlatform('/v1/applications', { appId, name: 'Fuzz', settings: SETTINGS });
  await asPlatform('/v1/applications', { appId: TARGET, name: 'Fuzz target' });
  const { SCOPES } = await import('@countersign/contracts');
  const { key } = await asPlatform('/v1/api-keys', { appId, scopes: [...SCOPES] });
  const manage = async (status, method, path, body) =>
    expectStatus(await ask(base, method, path, { key, body }), status);
  const offers = ['external', 'otp:email', 'otp:sms', 'totp', 'recovery', 'passkey'];
  await manage(200, 'PUT', `/v1/policies/${policy}`, { offers, satisfiedBy: offers.map((one) => [one]) });
  const defaults = { defaultPolicies: { login: policy, transaction: policy } };
  expectStatus(
    await ask(`${gateway}/apps/platform`, 'PATCH', `/v1/applications/${appId}`, {
      key: platformKey,
      body: { settings: defaults },
    }),
    200,
  );
  return { appId, base, key, manage };
}

function credentials(run, keys, { base, key, manage }) {
  let sessions = 0;
  let known;
  let token;
  const begin = async (username, more) => {
    const body = { user: { username }, ...more };
    return expectStatus(await ask(base, 'POST', `${FLOW}/begin`, { body }), 200);
  };
  /** Shows an external token; answers what comes of it. */
  const vouch = async (username, { flowId, session }) => {
    const grant = { username, flowId };
    const { token } = await manage(200, 'POST', '/fido2/v2/mgmt/grant/external-auth', grant);
    return (await ask(base, 'POST', `${FLOW}/third-party/verify`, { session, body: { token } })).body;
  };
  const login = async (username) => vouch(username, await begin(username));
  /** Somebody with two addresses; another one now and then, since everybody's flows and tries are counted. */
  const reachable = async () => {
    if (known && sessions % 10 > 0) return known;
    known = `fuzz-${randomUUID()}`;
    await login(known);
    const email = { email: `${known}@mail.example`, requestVerification: false };
    await manage(204, 'POST', `/fido2/v2/profile/${known}/email`, email);
    const phoneNumber = `+1202555${1000 + (sessions % 9000)}`;
    const phone = { phoneNumber, requestVerification: false };
    await manage(204, 'POST', `/fido2/v2/profile/${known}/phone`, phone);
    return known;
  };
  /** A flow in which a step of `path` is offered; for any other path, one at its first step. */
  const flowFor = async (path) => {
    if (path.includes('/otp/')) return begin(await reachable());
    if (path.endsWith('/current')) return begin(await reachable(), { payload: 'Pay 10 EUR' });
    const username = `fuzz-${randomUUID()}`;
    const [, enrolment] = Object.entries(ENROLMENTS).find(([end]) => path.endsWith(end)) ?? [];
    if (!enrolment) return begin(username);
    return vouch(username, await begin(username, { enrol: [enrolment] }));
  };
  return {
    apiKey: () => `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    platformKey: () => `Bearer ${run.platformKey}`,
    session: async (path) => {
      sessions++;
      return (await flowFor(path)).session;
    },
    userToken: async () => (token ??= (await login('fuzz-owner')).accessToken),
    /** For routes that end what they are shown. */
    freshUserToken: async () => (await login('fuzz-leaver')).accessToken,
    service: async (audience) => {
      const [{ ServiceIdentity }, { systemClock }] = await Promise.all([
        import('@countersign/security'),
        import('@countersign/kernel'),
      ]);
      const name = CALLER[audience];
      const files = keyFiles(keys, name);
      const [privateJwk, servicesJwks] = [files.SERVICE_KEY_FILE, files.SERVICES_JWKS_FILE].map((file) =>
        JSON.parse(readFileSync(file, 'utf8')),
      );
      const identity = new ServiceIdentity({ name, privateJwk, servicesJwks, clock: systemClock });
      return `Bearer ${await identity.issue(audience)}`;
    },
  };
}
