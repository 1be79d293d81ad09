/** Whole MFAs: begin, have a code sent by e-mail, show it; against what commits alone would allow. */
import pg from 'pg';
import { makeBank, makeUsers } from './bank.mjs';
import { cpuOf, cpuOfTree } from './cpu.mjs';
import { median, rateOf, row } from './figures.mjs';

const CONCURRENCY = 8;
const SECONDS = 6;
const USERS = 64;
/** Steps that are durable before they are answered; the limit is one commit for each. */
const STEPS = 3;
const FLOW = '/fido2/v2/mfa';

export async function benchMfa(run, { rounds, say, sink }) {
  const bank = await makeBank(run);
  const users = await makeUsers(bank, USERS);
  const free = [...users];
  const mfa = async () => {
    const user = free.pop();
    await complete(bank, sink, user);
    free.unshift(user);
  };
  const bare = await bareCommits(run.database);
  await rateOf(mfa, { concurrency: CONCURRENCY, seconds: 3 }); // warm
  const rates = { ours: [], peer: [] };
  const spent = [];
  for (let round = 0; round < rounds; round++) {
    rates.peer.push((await rateOf(bare.commit, { concurrency: CONCURRENCY, seconds: SECONDS })) / STEPS);
    const before = cpuByPart(run);
    const began = performance.now();
    rates.ours.push(await rateOf(mfa, { concurrency: CONCURRENCY, seconds: SECONDS }));
    const done = (rates.ours.at(-1) * (performance.now() - began)) / 1000;
    const used = cpuByPart(run);
    spent.push(
      Object.fromEntries(Object.keys(used).map((name) => [name, (used[name] - before[name]) / done])),
    );
    say(
      `MFAs, round ${round + 1}: ${rates.ours.at(-1).toFixed(1)}/s against ${rates.peer.at(-1).toFixed(0)}/s; CPU of one: ${describe(spent.at(-1))}`,
    );
  }
  await bare.close();
  bank.close();
  const goal = 1 / STEPS;
  const cpu = median(spent.map((parts) => Object.values(parts).reduce((sum, part) => sum + part, 0)));
  return [
    row(
      `MFAs completed, per second (commits ÷ ${STEPS})`,
      median(rates.ours),
      median(rates.peer),
      goal,
      true,
    ),
    { what: 'CPU of a completed MFA, Postgres included, ms', ours: cpu },
  ];
}

/** One login by a code; rejects where it does not complete. */
async function complete(bank, sink, { username, address }) {
  const { session } = await bank.must(200, 'POST', `${FLOW}/begin`, { body: { user: { username } } });
  const code = sink.code(address);
  code.catch(() => {}); // told where it is awaited
  const asked = { authorization: session, body: { method: 'email' } };
  const { session: next } = await bank.must(200, 'POST', `${FLOW}/otp/request`, asked);
  const shown = { authorization: next, body: { otp: await code } };
  const { accessToken } = await bank.must(200, 'POST', `${FLOW}/otp/verify`, shown);
  if (!accessToken) throw new Error('the flow completed without a token');
}

/** Milliseconds so far by process; the broker is not one of ours. */
function cpuByPart({ services, others }) {
  const pids = {
    gateway: others.gateway,
    ...Object.fromEntries(Object.entries(services).map(([name, { pid }]) => [name, pid])),
  };
  const parts = Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)]);
  return { ...Object.fromEntries(parts), postgres: cpuOfTree(others.postgres) };
}

const describe = (parts) =>
  Object.entries(parts)
    .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
    .join(', ');

/** One row, one commit, as fast as a pool of a service's size makes it. */
async function bareCommits(connectionString) {
  const pool = new pg.Pool({ connectionString, max: CONCURRENCY });
  pool.on('error', () => {}); // the server is going down because something failed; that is told elsewhere
  await pool.query('CREATE TABLE IF NOT EXISTS bench_inserts (id bigserial PRIMARY KEY, at timestamptz)');
  return {
    commit: () => pool.query('INSERT INTO bench_inserts (at) VALUES (now())'),
    async close() {
      await pool.query('DROP TABLE bench_inserts');
      await pool.end();
    },
  };
}
