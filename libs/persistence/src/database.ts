import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { ConnectionPool } from './connection-pool.ts';
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts';
import { DatabaseUnavailable } from './database-errors.ts';
import { isRetryable, toDatabaseError } from './database-faults.ts';
import { DedicatedConnection } from './dedicated-connection.ts';
import { applyMigrations, checkMigrations } from './migrations.ts';
import { runInTransaction, type TransactionOptions, type Tx } from './transaction.ts';

export type { DatabaseOptions } from './connection-settings.ts';

/** A service's own Postgres: a bounded pool, transactions that retry, and errors a caller can tell apart. */
export class Database {
  private readonly pool: ConnectionPool;
  private readonly underWay = new Set<Promise<unknown>>();

  private constructor(
    readonly dataSource: DataSource,
    private readonly options: DatabaseOptions,
  ) {
    const { max, connectionTimeoutMillis } = connectionSettings(options);
    this.pool = new ConnectionPool(dataSource, max, connectionTimeoutMillis);
  }

  /** Connects; does not migrate. Throws DatabaseUnavailable. */
  static async open(options: DatabaseOptions): Promise<Database> {
    checkMigrations(options.migrations);
    const { connectionString, max, connectionTimeoutMillis, application_name, ...extra } =
      connectionSettings(options);
    const dataSource = new DataSource({
      type: 'postgres',
      driver: pg,
      url: connectionString,
      poolSize: max,
      connectTimeoutMS: connectionTimeoutMillis,
      applicationName: application_name,
      entities: options.entities,
      extra,
      logging: false,
      synchronize: false,
      installExtensions: false,
      poolErrorHandler: (error: Error) => options.onError?.(error),
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      throw toDatabaseError(error);
    }
    return new Database(dataSource, options);
  }

  /** Applies the missing migrations and answers their names; safe when several processes start at once. */
  migrate(): Promise<string[]> {
    const { statement_timeout: _s, query_timeout: _q, ...settings } = connectionSettings(this.options);
    return applyMigrations(settings, this.options.migrations);
  }

  /**
   * Runs one statement in autocommit on a connection of its own and answers its rows: what it wrote stays, also
   * when a transaction around the call rolls back. With `name` the statement is prepared once a connection and its
   * plan kept: for a few large, frequent ones. Throws DatabaseUnavailable, QueryFailed.
   */
  query<Row = Record<string, unknown>>(sql: string, params: unknown[] = [], name?: string): Promise<Row[]> {
    return this.track(this.autocommit<Row>(sql, params, name));
  }

  /**
   * Runs `work` in a transaction and commits. The work is run again (with jitter) when Postgres rolled it back
   * for the sake of others (40001, 40P01), so it must have no effect but through `tx`. `onCommit` hooks run after
   * a successful COMMIT only. Throws what the work threw, DatabaseUnavailable, QueryFailed, or CommitUnknown.
   * Not to be nested: the inner one would be another transaction on another connection.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.track(this.retried(work, options));
  }

  /** Opens one connection outside the pool, for LISTEN and session advisory locks. Throws DatabaseUnavailable. */
  dedicatedConnection(onLost: (error: Error) => void): Promise<DedicatedConnection> {
    return DedicatedConnection.open(connectionSettings(this.options), onLost);
  }

  /** Waits (5 s at most) for what is under way and closes the pool. Later calls fail with DatabaseUnavailable. */
  async close(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    const abort = new AbortController();
    const patience = pause(5000, undefined, { signal: abort.signal }).catch(() => {});
    await Promise.race([this.drained(), patience]);
    abort.abort();
    await this.dataSource.destroy();
  }

  private async drained(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  private track<T>(work: Promise<T>): Promise<T> {
    const done = () => void this.underWay.delete(work);
    this.underWay.add(work);
    work.then(done, done);
    return work;
  }

  private async autocommit<Row>(sql: string, params: unknown[], name?: string): Promise<Row[]> {
    const client = await this.pool.forStatement();
    let lost: DatabaseUnavailable | undefined;
    try {
      const answer = await client.query(
        name === undefined ? { text: sql, values: params } : { name, text: sql, values: params },
      );
      return (answer.rows ?? []) as Row[];
    } catch (error) {
      const mapped = toDatabaseError(error);
      if (mapped instanceof DatabaseUnavailable) lost = mapped;
      throw mapped;
    } finally {
      client.release(lost);
    }
  }

  private async retried<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    const attempts = options.attempts ?? 5;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work, options);
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error)) throw error;
        await pause(randomInt(2, 10 * 2 ** attempt));
      }
    }
  }

  private attempt<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    return this.pool.forTransaction(async (runner) => {
      const { value, tx } = await runInTransaction(runner, options.isolation ?? 'READ COMMITTED', work);
      this.runHooks(tx);
      return value;
    });
  }

  // The transaction is committed: a hook that fails must not make it look as if it were not.
  private runHooks(tx: Tx): void {
    for (const hook of tx.hooks) {
      try {
        const result: unknown = hook();
        if (result instanceof Promise) result.catch((error: Error) => this.options.onError?.(error));
      } catch (error) {
        this.options.onError?.(error as Error);
      }
    }
  }
}
