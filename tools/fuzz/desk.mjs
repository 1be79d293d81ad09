/**
 * The desk that hands schemathesis what it cannot make up: credentials, and ids of things that exist. HTTP on loopback,
 * for the hooks in hooks.py; made through the public doors, as a host application would.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { ask, expectStatus } from '../smoke-steps.mjs';
import { keyFiles } from '../setup-keys.mjs';

const FLOW = '/fido2/v2/mfa';
/** Which service may ask which one's internal routes. */
const CALLER = {
  'mfa-orchestrator': 'token-service',
  'token-service': 'mfa-orchestrator',
  'sso-data': 'mfa-orchestrator',
};
const ENROLMENTS = ['passkey:reg', 'totp:enrol', 'recovery:enrol', 'email:enrol', 'sms:enrol'];

/** Opens the desk for a running system; answers { url, close() }. `keys` is where the installation's keys lie. */
export async function openDesk(run, keys) {
  const { appId, apiKey } = run.demo;
  const base = `${run.gateway}/apps/${appId}`;
  const manage = async (status, method, path, body) =>
    expectStatus(await ask(base, method, path, { key: apiKey, body }), status);
  const makers = { ...credentials(run, keys, manage, base), ...things(run, manage) };
  const server = createServer((request, response) => {
    const asked = new URL(request.url, 'http://desk');
    Promise.resolve(makers[asked.pathname.slice(1)]?.(asked.searchParams.get('of')))
      .then((value = '') => response.end(String(value)))
      .catch((error) => response.writeHead(500).end(error.message));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

function credentials(run, keys, manage, base) {
  let sessions = 0;
  let token;
  const begin = async (user, more) =>
    expectStatus(
      await ask(base, 'POST', `${FLOW}/begin`, { body: { user: { username: user }, ...more } }),
      200,
    );
  /** Shows an external token; answers what comes of it. */
  const vouch = async (username, { flowId, session }) => {
    const grant = { username, flowId };
    const { token } = await manage(200, 'POST', '/fido2/v2/mgmt/grant/external-auth', grant);
    return (await ask(base, 'POST', `${FLOW}/third-party/verify`, { session, body: { token } })).body;
  };
  const login = async (username) => vouch(username, await begin(username));
  const reachable = async () => {
    const username = `fuzz-${randomUUID()}`;
    await login(username);
    const number = `+1202555${String(1000 + (sessions % 9000))}`;
    const made = { requestVerification: false };
    await manage(204, 'POST', `/fido2/v2/profile/${username}/email`, {
      email: `${username}@mail.example`,
      ...made,
    });
    await manage(204, 'POST', `/fido2/v2/profile/${username}/phone`, { phoneNumber: number, ...made });
    return username;
  };
  /** Flows in different places, in turn: at the first step, at a code, at an enrolment. */
  const kinds = [
    async () => (await begin(`fuzz-${randomUUID()}`)).session,
    async () => (await begin(await reachable(), { payload: 'Pay 10 EUR' })).session,
    async () => {
      const username = `fuzz-${randomUUID()}`;
      const enrol = [ENROLMENTS[sessions % ENROLMENTS.length]];
      const begun = await begin(username, { enrol });
      return (await vouch(username, begun)).session ?? begun.session;
    },
  ];
  return {
    apiKey: () => `Basic ${Buffer.from(`${run.demo.apiKey}:`).toString('base64')}`,
    platformKey: () => `Bearer ${run.platformKey}`,
    session: () => kinds[sessions++ % kinds.length](),
    userToken: async () => (token ??= (await login('fuzz-user')).accessToken),
    /** For routes that end what they are shown. */
    freshUserToken: async () => (await login('fuzz-user')).accessToken,
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

/** Things by the path that names them; made anew each time, since what is tried may end them. */
function things(run, manage) {
  const fresh = (kind) => `fuzz-${kind}-${randomUUID()}`;
  const makers = {
    'patrol-rules': async () =>
      (await manage(201, 'POST', '/v1/patrol-rules', { name: fresh('rule'), auditAction: 'Fuzz', requires: 'external' }))
        .id,
    policies: async () => {
      const name = fresh('policy');
      const definition = { offers: ['external'], satisfiedBy: [['external']] };
      await manage(200, 'PUT', `/v1/policies/${name}`, definition);
      return name;
    },
    challenges: async () => {
      const about = { username: fresh('user'), transactionIds: [randomUUID()] };
      return (await manage(201, 'POST', '/v1/challenges', { context: 'transaction', ...about })).id;
    },
    'audit-actions': async () => {
      const auditActionId = randomUUID();
      const action = { auditActionId, name: 'ChangeAddress', username: fresh('user') };
      await manage(202, 'POST', '/v1/audit-actions', action);
      return auditActionId;
    },
    'api-keys': async () => {
      const body = { appId: run.demo.appId, name: fresh('key'), scopes: ['sso:read'] };
      return (await manage(201, 'POST', '/v1/api-keys', body)).keyId;
    },
    applications: () => run.demo.appId,
  };
  const users = ['users', 'profile', 'sso-identifiers', 'mfa-registrations'];
  return {
    /** The value of the first parameter of `path`; empty where any will do. */
    thing: async (path) => {
      const kind = path.split('/').findLast((part, at, all) => all[at + 1]?.startsWith('{'));
      if (users.includes(path.split('/').find((part) => users.includes(part)))) return 'fuzz-user';
      return makers[kind]?.();
    },
  };
}
