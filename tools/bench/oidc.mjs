/**
 * Tokens for clients and whole logins by OIDC, against oidc-provider alone: with its in-memory adapter and one commit,
 * and with a plain Postgres adapter. Both sides hash passwords alike, at next to no cost here: `bringUp` sets it so. What
 * the processes use while nobody asks anything (brokers and databases are polled) is measured before each round and taken
 * off both sides: how much of it falls on one login depends on how slow the machine is at that moment.
 */
import { argon2, createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { projectNode } from '../checkout.mjs';
import { makeBank } from './bank.mjs';
import { cpuOf, cpuOfTree, idleOf } from './cpu.mjs';
import { median, row } from './figures.mjs';
import { Visitor } from './oidc-visitor.mjs';

/** Memory of argon2id here, in KiB: so little that the hash is left out on both sides. */
export const HASH_KIB = 64;
const TOKENS = 3000;
const LOGINS = 300;
const WARM = 300;
const CONCURRENCY = 4;
const PASSWORD = 'correct horse battery staple';
const REDIRECT = 'https://client.example/callback';

export async function benchOidc(run, { rounds, say }) {
  const database = new URL(run.database);
  database.pathname = '/countersign_sso';
  const peer = await startPeer(database.href);
  const ours = await makeOurs(run);
  const { pid } = run.services['oidc-broker'];
  const orchestrator = run.services['mfa-orchestrator'].pid;
  const postgres = () => cpuOfTree(run.others.postgres);
  const sides = {
    bare: {
      calls: TOKENS,
      work: () => clientCredentials(peer.memory, PEER_CLIENT),
      cpu: () => cpuOf(peer.pid) + postgres(),
    },
    token: {
      calls: TOKENS,
      work: () => clientCredentials(ours.issuer, ours.client),
      cpu: () => cpuOf(pid) + postgres(),
    },
    rows: {
      calls: LOGINS,
      work: () => login(peer.rows, PEER_CLIENT),
      cpu: () => cpuOf(peer.pid) + postgres(),
    },
    login: {
      calls: LOGINS,
      work: () => login(ours.issuer, ours.client),
      cpu: () => cpuOf(pid) + cpuOf(orchestrator) + postgres(),
    },
  };
  const costs = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  let idle;
  for (let round = 0; round <= rounds; round++) {
    idle = await idleOf({
      ...Object.fromEntries(Object.entries(sides).map(([name, { cpu }]) => [name, cpu])),
      postgres,
    });
    for (const [name, { calls, work, cpu }] of Object.entries(sides)) {
      const times = round === 0 ? WARM : calls;
      const [before, began] = [cpu(), performance.now()];
      await repeat(times, work);
      const used = cpu() - before - idle[name] * (performance.now() - began);
      if (round > 0) costs[name].push(used / times);
    }
    const last = Object.entries(costs).map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} ms`);
    if (round > 0) say(`oidc, CPU, round ${round}: ${last.join(', ')}`);
  }
  const spared = ['login', 'rows'].map((name) => `${name} ${(idle[name] * 1000).toFixed(0)} ms`);
  say(`oidc, CPU a second with nobody there, taken off: ${spared.join(', ')}`);
  const hashed = await hashAndTwoCommits(database.href, postgres, idle.postgres);
  const hash = await hashAlone();
  await peer.end();
  ours.bank.close();
  const [token, bare, mine, rows] = ['token', 'bare', 'login', 'rows'].map((name) => median(costs[name]));
  return [
    row('CPU of a client’s token, ms (oidc-provider in memory + one commit)', token, bare, 1, false),
    row('CPU of a login without the hash, ms (oidc-provider, rows in Postgres)', mine, rows, 2 / 3, false),
    row('CPU of a login with the hash, ms (one argon2id + two commits)', mine + hash, hashed, 1.3, false),
  ];
}

const PEER_CLIENT = { client_id: 'bench', client_secret: 'bench-secret-bench-secret-bench-secret' };

async function repeat(times, work) {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function token(issuer, form) {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const body = await answer.json();
  if (answer.status !== 200)
    throw new Error(`the token endpoint answered ${answer.status} ${JSON.stringify(body)}`);
  return body;
}

const clientCredentials = (issuer, client) => token(issuer, { grant_type: 'client_credentials', ...client });

let users = 0;
/** Authorize, password, code, tokens: by a browser that has never been here. */
async function login(issuer, client) {
  const verifier = randomBytes(32).toString('base64url');
  const request = {
    ...{ response_type: 'code', client_id: client.client_id, redirect_uri: REDIRECT, scope: 'openid' },
    ...{ state: 's', nonce: randomBytes(8).toString('hex'), code_challenge_method: 'S256' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  };
  const visitor = new Visitor(REDIRECT);
  const path = issuer.endsWith('/rows') ? '/auth' : '/authorize';
  await visitor.open(`${issuer}${path}?${new URLSearchParams(request)}`);
  const arrived = await visitor.submit({ username: `user-${users++ % USERS}`, password: PASSWORD });
  const code = arrived.searchParams.get('code');
  if (!code) throw new Error(`no code: ${arrived}`);
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier };
  return token(issuer, { ...form, ...client });
}

const USERS = 40;
/** An application with a client that asks nothing but a password, and users who have one. */
async function makeOurs(run) {
  const bank = await makeBank(run);
  const { authorization } = bank;
  const body = {
    ...{ name: 'Bench', kind: 'confidential', redirectUris: [REDIRECT], scopes: ['openid'] },
    ...{ grantTypes: ['authorization_code', 'client_credentials'], consent: 'implied' },
  };
  const { client, clientSecret } = await bank.must(201, 'POST', '/v1/clients', { authorization, body });
  for (let at = 0; at < USERS; at++) {
    const user = { username: `user-${at}`, password: PASSWORD };
    await bank.must(201, 'POST', '/v1/directory/users', { authorization, body: user });
  }
  return {
    bank,
    issuer: `${run.services['oidc-broker'].url}/oidc/${bank.appId}`,
    client: { client_id: client.clientId, client_secret: clientSecret },
  };
}

const hashing = promisify(argon2);
const hash46 = () =>
  hashing('argon2id', {
    ...{ message: PASSWORD, nonce: Buffer.alloc(16, 1), parallelism: 1, tagLength: 32 },
    ...{ memory: 46 * 1024, passes: 1 },
  });
const HASHES = 50;

/** CPU of one hash, in ms. */
async function hashAlone() {
  const before = cpuOf(process.pid);
  for (let at = 0; at < HASHES; at++) await hash46();
  return (cpuOf(process.pid) - before) / HASHES;
}

/** CPU of one hash and two commits, Postgres included, in ms. */
async function hashAndTwoCommits(connectionString, postgres, idle) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const [before, began] = [cpuOf(process.pid) + postgres(), performance.now()];
  for (let at = 0; at < HASHES; at++) {
    await hash46();
    for (const id of [1, 2]) await client.query('INSERT INTO bench_commits VALUES ($1)', [`two-${at}-${id}`]);
  }
  const used = cpuOf(process.pid) + postgres() - before - idle * (performance.now() - began);
  await client.end();
  return used / HASHES;
}

async function startPeer(database) {
  const child = spawn(projectNode(), [fileURLToPath(new URL('oidc-peer.mjs', import.meta.url))], {
    env: { ...process.env, BENCH_DATABASE: database, BENCH_HASH_KIB: String(HASH_KIB) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = await once(child.stdout, 'data');
  const origin = `http://127.0.0.1:${Number(port)}`;
  return {
    pid: child.pid,
    memory: `${origin}/memory`,
    rows: `${origin}/rows`,
    async end() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
