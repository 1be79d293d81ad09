/**
 * What an OpenID Provider costs that does nothing of ours: oidc-provider with its in-memory adapter (`/memory`), and with
 * a plain Postgres adapter, a row for each model (`/rows`). Logins ask for a username and a password on one page and
 * check an argon2id hash of `BENCH_HASH_KIB`; consent is implied. Prints its port; `BENCH_DATABASE` is its database.
 */
import { argon2, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { Provider } from 'oidc-provider';
import pg from 'pg';
import { plainRows } from './oidc-plain-rows.mjs';

const CLIENT = {
  client_id: 'bench',
  client_secret: 'bench-secret-bench-secret-bench-secret',
  token_endpoint_auth_method: 'client_secret_post',
  redirect_uris: ['https://client.example/callback'],
  grant_types: ['authorization_code', 'client_credentials'],
  response_types: ['code'],
  id_token_signed_response_alg: 'EdDSA',
};
const PASSWORD = 'correct horse battery staple';
const hashing = promisify(argon2);
const KIB = Number(process.env.BENCH_HASH_KIB);
const salt = randomBytes(16);
const hashOf = (password) =>
  hashing('argon2id', {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: KIB,
    passes: 1,
  });
const known = await hashOf(PASSWORD);

const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE, max: 8 });
pool.on('error', () => {}); // the server is going down because something failed; that is told elsewhere
await pool.query('DROP TABLE IF EXISTS bench_oidc, bench_commits');
await pool.query(
  `CREATE TABLE bench_oidc (type text, id text, payload jsonb NOT NULL, grant_id text, uid text, consumed_at timestamptz,
     expires_at timestamptz NOT NULL, PRIMARY KEY (type, id))`,
);
await pool.query('CREATE INDEX ON bench_oidc (grant_id)');
await pool.query('CREATE INDEX ON bench_oidc (uid)');
await pool.query('CREATE TABLE bench_commits (id text PRIMARY KEY)');

const { generateKeyPairSync } = await import('node:crypto');
const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const kid = createHash('sha256').update(jwk.x).digest('base64url');
const RESOURCE = 'urn:bench';
const configuration = (adapter) => ({
  ...(adapter && { adapter }),
  clients: [CLIENT],
  jwks: { keys: [{ ...jwk, kid, alg: 'EdDSA', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  scopes: ['openid', 'profile', 'email'],
  enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) => (ctx.oidc.params?.grant_type === 'client_credentials' ? RESOURCE : undefined),
      getResourceServerInfo: () => ({
        scope: '',
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'EdDSA' } },
      }),
    },
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  async loadExistingGrant(ctx) {
    const grantId =
      ctx.oidc.result?.consent?.grantId || ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (grantId) return ctx.oidc.provider.Grant.find(grantId);
    const { accountId } = ctx.oidc.session;
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});

/** A provider at a path, with a login page of its own. */
function serve(prefix, origin, adapter) {
  const provider = new Provider(`${origin}${prefix}`, {
    ...configuration(adapter),
    interactions: { url: (_ctx, { uid }) => `${prefix}/interaction/${uid}` },
  });
  const handle = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith(`${prefix}/interaction/`)) {
      if (prefix === '/memory')
        await pool.query('INSERT INTO bench_commits VALUES ($1)', [randomBytes(16).toString('hex')]);
      request.originalUrl = request.url;
      request.url = request.url.slice(prefix.length);
      return handle(request, response);
    }
    if (request.method === 'GET') {
      await provider.interactionDetails(request, response);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(PAGE);
    }
    let text = '';
    for await (const chunk of request) text += chunk;
    const { username, password } = Object.fromEntries(new URLSearchParams(text));
    const shown = await hashOf(password);
    if (!timingSafeEqual(shown, known)) return response.writeHead(400).end();
    return provider.interactionFinished(request, response, { login: { accountId: username } });
  };
}
const PAGE = `<!doctype html><title>Sign in</title><form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>`;

const handlers = {};
const server = createServer((request, response) => {
  const handler = handlers[request.url.split('/', 2)[1]];
  Promise.resolve(handler?.(request, response) ?? response.writeHead(404).end()).catch((error) => {
    response.writeHead(500).end(String(error));
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  handlers.memory = serve('/memory', origin);
  handlers.rows = serve('/rows', origin, plainRows(pool));
  process.stdout.write(`${port}\n`);
});
process.on('disconnect', async () => {
  await pool.query('DROP TABLE bench_oidc, bench_commits').catch(() => {});
  process.exit();
});
