import { waitFor } from '@countersign/testing';
import { PostgresProxy } from '../test/postgres-proxy.ts';
import { openTestDatabase } from '../test/test-database.ts';
import { DatabaseUnavailable } from './index.ts';

describe('a dedicated connection', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    server = await openTestDatabase('dedicated');
  });
  afterAll(() => server.close());
  const unexpected = (error: Error) => {
    throw error;
  };

  it('hears notifications of its channels', async () => {
    const connection = await server.db.dedicatedConnection(unexpected);
    const heard: string[] = [];
    await connection.listen('outbox', (payload) => heard.push(payload));
    await server.db.query(`SELECT pg_notify('outbox', 'mfa'), pg_notify('other', 'no')`);
    await waitFor(() => heard.length > 0);
    expect(heard).toEqual(['mfa']);
    await expect(connection.listen('x; DROP TABLE y', () => {})).rejects.toThrow(TypeError);
    await connection.close();
  });

  it('holds an advisory lock that nobody else gets until it is given back or the connection ends', async () => {
    const one = await server.db.dedicatedConnection(unexpected);
    const other = await server.db.dedicatedConnection(unexpected);
    expect(await one.tryLock('relay/0')).toBe(true);
    expect(await other.tryLock('relay/0')).toBe(false);
    expect(await other.tryLock('relay/1')).toBe(true);
    await one.unlock('relay/0');
    expect(await other.tryLock('relay/0')).toBe(true);
    await other.close();
    await waitFor(() => one.tryLock('relay/0'));
    await one.close();
    expect(one.alive).toBe(false);
  });

  it('design "Out": says once that it is lost, and refuses what comes after', async () => {
    const lost: Error[] = [];
    const connection = await server.db.dedicatedConnection((error) => lost.push(error));
    const [row] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await server.db.query('SELECT pg_terminate_backend($1)', [row!.pid]);
    await waitFor(() => lost.length > 0);
    expect(connection.alive).toBe(false);
    await expect(connection.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await connection.close();
    expect(lost).toHaveLength(1);
  });

  it('design "Out": one that gets no answer in time counts as lost', async () => {
    const proxy = await PostgresProxy.before(server.url);
    const db = await server.open({ url: proxy.url, statementTimeoutMs: 100 });
    const lost: Error[] = [];
    const connection = await db.dedicatedConnection((error) => lost.push(error));
    proxy.freeze();
    await expect(connection.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(lost).toHaveLength(1);
    proxy.thaw();
    await connection.close();
    await db.close();
    await proxy.cut();
  });

  it('a refused statement does not lose it', async () => {
    const connection = await server.db.dedicatedConnection(unexpected);
    await expect(connection.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    expect(connection.alive).toBe(true);
    await connection.close();
    await connection.close();
  });
});
