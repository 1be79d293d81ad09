import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { Database, idempotencyMigration } from '@countersign/persistence';
import { Outbox, messagingMigrations } from '@countersign/messaging';
import { CrashPoints, systemClock } from '@countersign/kernel';
import { createTestDatabase } from '@countersign/testing';
import { ExternalTokenRepository } from '/work/main/apps/token-service/src/external-tokens/external-token.repository.ts';
import { RedemptionRepository } from '/work/main/apps/token-service/src/external-tokens/redemption.repository.ts';
import { ExternalTokenService } from '/work/main/apps/token-service/src/external-tokens/external-token.service.ts';
import { RedemptionService } from '/work/main/apps/token-service/src/external-tokens/redemption.service.ts';
import { applicationsMigration } from '/work/main/apps/token-service/src/migrations/0001-applications.ts';
import { apiKeysMigration } from '/work/main/apps/token-service/src/migrations/0002-api-keys.ts';
import { externalTokensMigration } from '/work/main/apps/token-service/src/migrations/0004-external-tokens.ts';
const made = await createTestDatabase('bench');
const database = await Database.open({ url: made.url, poolSize: 8, applicationName: 'b', entities: [], migrations: [...messagingMigrations, idempotencyMigration, applicationsMigration, apiKeysMigration, externalTokensMigration] });
await database.migrate();
await database.query(`INSERT INTO applications (app_id,name) VALUES ('demo','demo')`);
await database.query(`INSERT INTO api_keys (key_id,app_id,name,key_hash,scopes) VALUES ('k','demo','','h','{}')`);
const outbox = new Outbox('/token-service', systemClock, () => {});
const userId = randomBytes(16).toString('base64url');
const flows = { flow: async (flowId: string) => ({ appId: 'demo', usernameKey: 'bench', context: 'login', status: 'open', offersExternal: true, flowId, userId }) };
const issuing = new ExternalTokenService(new ExternalTokenRepository(database), flows as never, outbox, systemClock);
const redeeming = new RedemptionService(new RedemptionRepository(database), database, outbox, new CrashPoints());
const voucher = { application: { appId: 'demo', name: 'demo', settings: { externalTokenTtlSeconds: 60 } }, key: { keyId: 'k', constraints: {} } } as never;
const ours = async () => {
  const flowId = randomUUID();
  const g = await issuing.grant(voucher, { username: 'bench', flowId });
  if (!g.ok) throw new Error('no');
  const r = await redeeming.redeem({ appId: 'demo', token: g.value.token, flowId, userId, context: 'login', flowStartedAt: new Date().toISOString(), attempt: `${flowId}:1` });
  if (!r.ok) throw new Error('refused');
};
const pool = new pg.Pool({ connectionString: made.url, max: 8 });
await pool.query('CREATE TABLE b (id bigint PRIMARY KEY, consumed_at timestamptz)');
let next = 0;
const bare = async () => { const { rowCount } = await pool.query('UPDATE b SET consumed_at = now() WHERE id=$1 AND consumed_at IS NULL RETURNING id', [++next]); if (rowCount !== 1) throw new Error('empty'); };

const spy: {sql: string, params: unknown[]}[] = [];
const orig = database.query.bind(database);
(database as any).query = (sql: string, params: unknown[]) => { spy.push({sql, params}); return orig(sql, params); };
await ours();
(database as any).query = orig;
for (const {sql, params} of spy) {
  for (let i=0;i<2;i++) {
  const c = await pool.connect(); await c.query('BEGIN');
  const r = await c.query('EXPLAIN (ANALYZE, BUFFERS OFF) ' + sql, params.map((p,ix)=> ix===0 && sql.includes('INSERT INTO external_tokens AS') ? randomUUID() : (ix===2 && sql.includes('INSERT INTO external_tokens AS')) ? randomUUID(): p)); await c.query('ROLLBACK'); c.release();
  console.log(r.rows.map((x:any)=>x['QUERY PLAN']).filter((l:string)=>/Time|Update on|Insert on|Index/.test(l)).join('\n'));
  }
}
const rate = async (f: () => Promise<void>) => { let n = 0; const end = performance.now() + 3000; await Promise.all(Array.from({ length: 32 }, async () => { while (performance.now() < end) { await f(); n++; } })); return n / 3; };

const cpu = async (label: string, f: () => Promise<void>) => { const b = process.cpuUsage(); const r = await rate(f); const u = process.cpuUsage(b); console.log(label, r.toFixed(0)+'/s', 'node cpu us/op', ((u.user+u.system)/(r*3)).toFixed(0)); };
await pool.query('INSERT INTO b (id) SELECT generate_series(1,60000)');
await cpu('bare', bare);
await cpu('ours', ours);
(database as any).query = async (sql: string, params: unknown[]) => (await pool.query(sql, params)).rows;
await cpu('ours raw pool', ours);
const names = new Map<string,string>();
(database as any).query = async (sql: string, params: unknown[]) => { if(!names.has(sql)) names.set(sql,'s'+names.size); return (await pool.query({name: names.get(sql), text: sql, values: params})).rows; };
await cpu('ours prepared', ours);
await pool.query('TRUNCATE b'); await pool.query('INSERT INTO b (id) SELECT generate_series(1,60000)'); next=0;
await cpu('bare', bare);
await pool.end(); (database as any).query=orig; await database.close(); await made.drop();
