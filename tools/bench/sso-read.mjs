/** Reads of a user's values for a vendor, from the cache and past it, against the barest server there is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { projectNode } from '../checkout.mjs';
import { inTurn, makeBank } from './bank.mjs';
import { cpuOf } from './cpu.mjs';
import { median, row } from './figures.mjs';
import { plainLoad } from './plain-load.mjs';

const CALLS = 5000;
const SOCKETS = 16;
/** More than an instance keeps, read one after the other: by the time one comes again it is gone. */
const USERS = 12_000;
/** So few that they stay. */
const KEPT = 50;

export async function benchSsoRead(run, { rounds, say }) {
  const database = new URL(run.database);
  database.pathname = '/countersign_sso';
  const bank = await makeBank(run);
  say(`sso-read: ${USERS} users get a value …`);
  await fill(bank);
  await quiet(database.href);
  const bare = await startBare(database.href);
  const { url, pid } = run.services['sso-data'];
  const { authorization } = bank;
  const value = (user) => `/apps/${bank.appId}/v1/third-party-data/user${user}/acme`;
  let next = 0;
  const sides = {
    hello: { ...bare, path: () => '/hello' },
    cached: { url, pid, path: (i) => value(i % KEPT), authorization },
    select: { ...bare, path: (i) => `/select/user${i % USERS}` },
    missed: { url, pid, path: () => value(next++ % USERS), authorization },
  };
  const rates = { hello: [], cached: [], select: [], missed: [] };
  const costs = { hello: [], cached: [], select: [], missed: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const before = cpuOf(side.pid);
      const rate = await plainLoad(side.url, side.path, { calls: CALLS, sockets: SOCKETS, ...side });
      if (round === 0) continue; // to warm up
      rates[name].push(rate);
      costs[name].push(((cpuOf(side.pid) - before) / CALLS) * 1000);
    }
    const last = Object.keys(sides).map((name) => `${name} ${rates[name].at(-1)?.toFixed(0)}/s`);
    if (round > 0) say(`sso-read, round ${round}: ${last.join(', ')}`);
  }
  bank.close();
  await bare.end();
  const perRead = (name) => 1e6 / median(rates[name]);
  return [
    row(
      'values read from the cache, per second (hello)',
      median(rates.cached),
      median(rates.hello),
      0.6,
      true,
    ),
    row(
      'CPU of a read from the cache, µs (hello)',
      median(costs.cached),
      median(costs.hello),
      1 / 0.6,
      false,
    ),
    row(
      'time of a read past the cache, µs (hello + SELECT)',
      perRead('missed'),
      perRead('select'),
      1.5,
      false,
    ),
    row(
      'CPU of a read past the cache, µs (hello + SELECT)',
      median(costs.missed),
      median(costs.select),
      1.5,
      false,
    ),
  ];
}

/** A vendor, an element, and a value of it for each user, through the public API. */
async function fill({ must, authorization }) {
  const put = (status, path, body) => must(status, 'PUT', path, { authorization, body });
  await put(200, '/v1/vendors/acme', { name: 'Acme', handlerUrl: 'https://acme.example/sso' });
  await put(200, '/v1/third-party-data-elements/Session.Id', { description: 'an identifier' });
  await inTurn(Array(USERS).keys(), (user) =>
    put(204, `/v1/third-party-data/user${user}/acme/Session.Id`, {
      value: `identifier-of-user-${user}-at-acme`,
    }),
  );
}

/** Waits until everything is published: each event drops a user's values. */
async function quiet(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const left = async () =>
    (await client.query('SELECT count(*)::int AS n FROM outbox WHERE published_at IS NULL')).rows[0].n;
  while ((await left()) > 0) await pause(500);
  await client.end();
  await pause(2000);
}

async function startBare(database) {
  const script = fileURLToPath(new URL('bare-reader.mjs', import.meta.url));
  const child = spawn(projectNode(), [script], {
    env: { ...process.env, BENCH_DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    pid: child.pid,
    async end() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
