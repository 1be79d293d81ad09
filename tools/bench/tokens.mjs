/** External tokens: issue and consume, against the barest thing that is single-use. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { median, rateOf, row } from './figures.mjs';

const CONCURRENCY = 32;
const SECONDS = 3;
const POOL = 8; // a service's own

/** token-service's own classes, as built, on the database of the service that runs. */
async function openTokenService(databaseUrl) {
  const built = (path) =>
    import(new URL(`../../apps/token-service/dist/external-tokens/${path}`, import.meta.url));
  const [{ Database }, { Outbox }, { ExternalTokenRepository }, { RedemptionRepository }, security, kernel] =
    await Promise.all([
      import('@countersign/persistence'),
      import('@countersign/messaging'),
      built('external-token.repository.js'),
      built('redemption.repository.js'),
      import('@countersign/security'),
      import('@countersign/kernel'),
    ]);
  const { ExternalTokenService } = await built('external-token.service.js');
  const { RedemptionService } = await built('redemption.service.js');
  const database = await Database.open({
    url: databaseUrl,
    poolSize: POOL,
    applicationName: 'bench',
    entities: [],
    migrations: [],
  });
  const outbox = new Outbox('/token-service', kernel.systemClock, () => {});
  const userId = randomBytes(16).toString('base64url');
  const flows = { flow: async (flowId) => ({ ...FLOW, flowId, userId }) };
  const issuing = new ExternalTokenService(
    new ExternalTokenRepository(database),
    flows,
    outbox,
    kernel.systemClock,
  );
  const redeeming = new RedemptionService(
    new RedemptionRepository(database),
    database,
    outbox,
    new kernel.CrashPoints(),
  );
  return { database, issuing, redeeming, userId, sha256: security.sha256 };
}

/** What the orchestrator would say of the flow; its answer costs no commit and is left out on both sides. */
const FLOW = { appId: 'demo', usernameKey: 'bench', context: 'login', status: 'open', offersExternal: true };

export async function benchTokens(run, { rounds, say }) {
  const url = new URL(run.database);
  url.pathname = '/countersign_token';
  const { database, issuing, redeeming, userId } = await openTokenService(url.href);
  const [{ keyId, settings }] = await database.query(
    `SELECT k.key_id AS "keyId", a.settings FROM api_keys k JOIN applications a USING (app_id) WHERE a.app_id = 'demo'`,
  );
  const { applicationSettings } = await import('@countersign/contracts');
  const application = { appId: 'demo', name: 'demo', settings: applicationSettings.parse(settings) };
  const voucher = { application, key: { keyId, constraints: {} } };
  const ours = async () => {
    const flowId = randomUUID();
    const granted = await issuing.grant(voucher, { username: 'bench', flowId });
    const { token } = granted.value;
    const at = new Date().toISOString();
    const binding = {
      appId: 'demo',
      token,
      flowId,
      userId,
      context: 'login',
      flowStartedAt: at,
      attempt: `${flowId}:1`,
    };
    const redeemed = await redeeming.redeem(binding);
    if (!redeemed.ok) throw new Error(`refused: ${redeemed.refusal.code}`);
  };
  const bare = await bareSingleUse(url.href);
  const rates = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    await bare.refill();
    rates.peer.push(await rateOf(bare.consume, { concurrency: CONCURRENCY, seconds: SECONDS }));
    rates.ours.push(await rateOf(ours, { concurrency: CONCURRENCY, seconds: SECONDS }));
    say(
      `tokens, round ${round + 1}: ${rates.ours.at(-1).toFixed(0)}/s against ${rates.peer.at(-1).toFixed(0)}/s`,
    );
  }
  await bare.close();
  await database.close();
  return [
    row('external token issue + consume, per second', median(rates.ours), median(rates.peer), 0.5, true),
  ];
}

/** A table with nothing but what single use needs, and one statement on it. */
async function bareSingleUse(connectionString) {
  const pool = new pg.Pool({ connectionString, max: POOL });
  pool.on('error', () => {}); // the server is going down because something failed; that is told elsewhere
  await pool.query(
    'CREATE TABLE IF NOT EXISTS bench_single_use (id bigint PRIMARY KEY, consumed_at timestamptz)',
  );
  let next = 0;
  const refill = async () => {
    await pool.query('TRUNCATE bench_single_use');
    await pool.query('INSERT INTO bench_single_use (id) SELECT generate_series(1, 60000)');
    next = 0;
  };
  const consume = async () => {
    const { rowCount } = await pool.query(
      'UPDATE bench_single_use SET consumed_at = now() WHERE id = $1 AND consumed_at IS NULL RETURNING id',
      [++next],
    );
    if (rowCount !== 1) throw new Error('the table ran empty: fewer seconds, please');
  };
  const close = async () => {
    await pool.query('DROP TABLE bench_single_use');
    const idle = pool.totalCount === 0 ? undefined : once(pool, 'remove');
    await pool.end();
    await idle;
  };
  return { refill, consume, close };
}
