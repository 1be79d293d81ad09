import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseUnavailable } from './database-errors.ts';
import { toDatabaseError } from './database-faults.ts';
import { quoteIdentifier } from './sql-identifier.ts';

/**
 * One connection outside the pool, for what belongs to a session: LISTEN and advisory locks. When it is lost,
 * Postgres has given its locks away: `onLost` is called once, and whoever relied on them stops.
 */
export class DedicatedConnection {
  private lost = false;
  private closed = false;
  private readonly channels = new Map<string, (payload: string) => void>();

  private constructor(
    private readonly client: pg.Client,
    private readonly onLost: (error: Error) => void,
  ) {
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('the connection ended')));
    client.on('notification', ({ channel, payload }) => this.channels.get(channel)?.(payload ?? ''));
  }

  /** @internal Use `Database.dedicatedConnection`. Throws DatabaseUnavailable. */
  static async open(settings: pg.ClientConfig, onLost: (error: Error) => void): Promise<DedicatedConnection> {
    const client = new pg.Client(settings);
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
    return new DedicatedConnection(client, onLost);
  }

  /** False once the connection was lost or closed. */
  get alive(): boolean {
    return !this.lost && !this.closed;
  }

  /** Runs one statement on this connection; answers rows. One that gets no answer in time loses the connection. */
  async query<Row = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<Row[]> {
    if (!this.alive) throw new DatabaseUnavailable('the connection was lost');
    try {
      return (await this.client.query(sql, params)).rows as Row[];
    } catch (error) {
      const mapped = toDatabaseError(error);
      if (mapped instanceof DatabaseUnavailable && mapped.code !== '57014') this.lose(mapped);
      throw mapped;
    }
  }

  /** Calls `onNotify` with the payload of each NOTIFY on `channel` (lower-case snake). */
  async listen(channel: string, onNotify: (payload: string) => void): Promise<void> {
    this.channels.set(channel, onNotify);
    await this.query(`LISTEN ${quoteIdentifier(channel)}`);
  }

  /** Takes the session's advisory lock named `name`, or answers false at once if somebody has it. */
  async tryLock(name: string): Promise<boolean> {
    const [row] = await this.query<{ got: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got',
      [name],
    );
    return row?.got === true;
  }

  /** Gives the advisory lock named `name` back. */
  async unlock(name: string): Promise<void> {
    await this.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]);
  }

  /** Ends the connection without calling `onLost`. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // a server that has stopped answering must not hold up a shutdown
    await Promise.race([this.client.end(), pause(1000, undefined, { ref: false })]);
  }

  private lose(error: Error): void {
    if (!this.alive) return;
    this.lost = true;
    void this.client.end().catch(() => {});
    this.onLost(error);
  }
}
