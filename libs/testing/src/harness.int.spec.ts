import { createServer } from 'node:net';
import pg from 'pg';
import { createTestDatabase, freePort, testKeys, waitFor } from './index.ts';

describe('test harness', () => {
  it('a test database is empty, its own, and gone after drop even while somebody is connected', async () => {
    const database = await createTestDatabase('Harness: own database!');
    expect(database.name).toMatch(/^test_harness_own_database__[0-9a-f]{10}$/);
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {}); // the drop cuts this connection
    await client.connect();
    const { rows } = await client.query('SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = $1', [
      'public',
    ]);
    expect(rows).toEqual([{ n: 0 }]);
    await database.drop();
    await database.drop();
    await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow(
      'does not exist',
    );
  });

  it('a free port can be listened on', async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  });

  it('waiting ends with the answer, or with what was last wrong', async () => {
    let asked = 0;
    expect(await waitFor(() => ++asked === 3 && 'here', { everyMs: 1 })).toBe('here');
    const failing = waitFor(() => Promise.reject(new Error('refused')), {
      timeoutMs: 5,
      everyMs: 1,
      what: 'it',
    });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringContaining('it'),
      cause: { message: 'refused' },
    });
  });

  it('every service has keys of its own, made once', () => {
    const { serviceKeys, servicesJwks, masterKeys } = testKeys();
    expect(testKeys().servicesJwks).toBe(servicesJwks);
    expect(new Set(servicesJwks.keys.map((key) => key.service)).size).toBe(4);
    expect(JSON.stringify(servicesJwks)).not.toContain('"d"');
    expect(serviceKeys['token-service'].d).toMatch(/^[\w-]{43}$/);
    expect(masterKeys['sso-data']).toHaveLength(32);
  });
});
