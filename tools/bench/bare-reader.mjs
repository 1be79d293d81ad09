/**
 * The least a read could cost: Fastify, and one SELECT of a row by its key over a pool of a service's size. Takes the
 * database's address in `BENCH_DATABASE` and prints its port; the table goes when it is disconnected.
 */
import Fastify from 'fastify';
import pg from 'pg';

const POOL = 8; // a service's own
const VALUE = 'e2f1b9ac-3a52-4c2a-9a51-0a4c7b0d5f11';

const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE, max: POOL });
pool.on('error', () => {}); // the server is going down because something failed; that is told elsewhere
await pool.query('DROP TABLE IF EXISTS bench_reads');
await pool.query('CREATE TABLE bench_reads (id text PRIMARY KEY, value text NOT NULL)');
await pool.query(`INSERT INTO bench_reads SELECT 'user' || n, $1 FROM generate_series(0, 11999) n`, [VALUE]);
await pool.query('ANALYZE bench_reads');

const server = Fastify();
server.get('/hello', async () => ({ hello: 'world' }));
server.get('/select/:id', async ({ params }) => {
  const text = 'SELECT id, value FROM bench_reads WHERE id = $1';
  return (await pool.query({ name: 'read', text, values: [params.id] })).rows[0];
});
const address = await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${new URL(address).port}\n`);
process.on('disconnect', async () => {
  await pool.query('DROP TABLE bench_reads').catch(() => {});
  process.exit();
});
