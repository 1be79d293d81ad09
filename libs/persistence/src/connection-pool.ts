import type { Pool, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionSlots } from './connection-slots.ts';
import { DatabaseUnavailable } from './database-errors.ts';
import { toDatabaseError } from './database-faults.ts';

/** Takes connections from TypeORM's pool, in bounded time. */
export class ConnectionPool {
  private readonly slots: ConnectionSlots;
  private readonly watched = new WeakSet<PoolClient>();

  constructor(
    private readonly dataSource: DataSource,
    max: number,
    /** How long a caller waits at most, in milliseconds. */
    private readonly budgetMs: number,
  ) {
    // one connection stays for autocommit statements; see ConnectionSlots
    this.slots = new ConnectionSlots(max - 1);
  }

  /**
   * A connection for one statement, past TypeORM's runner, which costs as much as a small statement does; `release()` it,
   * with an error where nobody else may have it. Throws DatabaseUnavailable.
   */
  async forStatement(): Promise<PoolClient> {
    const pool = poolOf(this.dataSource);
    if (!pool) throw new DatabaseUnavailable('the pool is closed');
    try {
      const client = await pool.connect();
      this.watch(client);
      return client;
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  // one that is lost in use tells whoever uses it; without a listener it would also end the process
  private watch(client: PoolClient): void {
    if (this.watched.has(client)) return;
    this.watched.add(client);
    client.on('error', () => {});
  }

  /** Runs `use` with a connection for a transaction and gives it back. Throws DatabaseUnavailable. */
  async forTransaction<T>(use: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const started = performance.now();
    const giveSlotBack = await this.slots.take(this.budgetMs);
    try {
      const runner = await this.connectWithin(this.budgetMs - (performance.now() - started));
      try {
        return await use(runner);
      } finally {
        await runner.release();
      }
    } finally {
      giveSlotBack();
    }
  }

  // The pool's own limit starts anew at each call; waiting for a slot and for the pool share one budget here.
  private async connectWithin(ms: number): Promise<QueryRunner> {
    const connecting = connect(this.dataSource.createQueryRunner());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.max(ms, 50));
    });
    try {
      const runner = await Promise.race([connecting, late]);
      if (runner) return runner;
    } finally {
      clearTimeout(timer);
    }
    connecting.then((runner) => runner.release()).catch(() => {});
    throw new DatabaseUnavailable('no connection became free in time');
  }
}

/** TypeORM's own pool; undefined once it is closed. */
const poolOf = ({ driver }: DataSource): Pool | undefined => (driver as { master?: Pool }).master;

async function connect(runner: QueryRunner): Promise<QueryRunner> {
  try {
    await runner.connect();
    return runner;
  } catch (error) {
    throw toDatabaseError(error);
  }
}
