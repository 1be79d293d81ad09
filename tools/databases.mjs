/**
 * A database and a role for each service: none can read another's. Idempotent; the roles' passwords follow the key
 * directory. In containers: `node tools/databases.mjs` with DATABASE_URL (superuser's), DATABASE_PASSWORD_FILE and KEYS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { replaceWhole } from './private-files.mjs';
import { keptSecret } from './setup-keys.mjs';

/** Database (and role) of each service. */
export const DATABASES = {
  'mfa-orchestrator': 'countersign_mfa',
  'token-service': 'countersign_token',
  'sso-data': 'countersign_sso',
  'oidc-broker': 'countersign_oidc',
};

/**
 * Makes what is missing on the server of `adminUrl` and answers each service's URL. The URL is also left as
 * `database-url` (mode 600) in the service's key directory.
 */
export async function setupDatabases(adminUrl, keyDirectory) {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  const urls = {};
  try {
    for (const [service, name] of Object.entries(DATABASES)) {
      const password = keptSecret(join(keyDirectory, service, 'database-password'));
      await setupOne(client, name, password);
      const url = new URL(adminUrl);
      Object.assign(url, { username: name, password, pathname: `/${name}` });
      urls[service] = url.href;
      replaceWhole(join(keyDirectory, service, 'database-url'), url.href);
    }
  } finally {
    await client.end();
  }
  return urls;
}

async function setupOne(client, name, password) {
  const exists = async (sql) => (await client.query(sql, [name])).rowCount > 0;
  const role = client.escapeIdentifier(name);
  const verb = (await exists('SELECT 1 FROM pg_roles WHERE rolname = $1')) ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  if (!(await exists('SELECT 1 FROM pg_database WHERE datname = $1')))
    await client.query(`CREATE DATABASE ${role} OWNER ${role} TEMPLATE template0`);
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${role} FROM PUBLIC`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const admin = new URL(process.env.DATABASE_URL);
  admin.password = readFileSync(process.env.DATABASE_PASSWORD_FILE, 'utf8').trim();
  await setupDatabases(admin.href, process.env.KEYS);
}
