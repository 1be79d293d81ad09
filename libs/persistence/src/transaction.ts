import type { ClientBase } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { DatabaseUnavailable } from './database-errors.ts';
import { toCommitError, toDatabaseError, toWorkError } from './database-faults.ts';

export type Isolation = 'READ COMMITTED' | 'SERIALIZABLE';

export interface TransactionOptions {
  /** Default READ COMMITTED. */
  isolation?: Isolation;
  /** How often the work is run at most when Postgres reports a conflict (40001, 40P01). Default 5. */
  attempts?: number;
}

/** One open transaction. Statements run one after the other, also when they are started together. */
export class Tx {
  /** TypeORM's manager on this transaction's connection. */
  readonly manager: EntityManager;
  /** @internal Ran after a successful COMMIT, in order of registration. */
  readonly hooks: (() => void)[] = [];
  /** @internal The last statement that failed, for a work that swallowed it. */
  failure: unknown;
  private previous: Promise<unknown> = Promise.resolve();
  private ended = false;

  /** @internal Transactions are opened by `Database.transaction`. */
  constructor(private readonly runner: QueryRunner) {
    this.manager = runner.manager;
  }

  /**
   * Runs one statement with `$1`-parameters and answers its rows, also those of `… RETURNING`. With `name` it is
   * prepared once a connection and its plan kept: for frequent ones that name their columns.
   */
  query<Row = Record<string, unknown>>(sql: string, params: unknown[] = [], name?: string): Promise<Row[]> {
    const answer = this.previous.then(() => this.run<Row>(sql, params, name));
    this.previous = answer.catch(() => {});
    return answer;
  }

  /** The first row, or undefined if there is none. */
  async one<Row = Record<string, unknown>>(
    sql: string,
    params: unknown[] = [],
    name?: string,
  ): Promise<Row | undefined> {
    return (await this.query<Row>(sql, params, name))[0];
  }

  /** Runs `hook` after this transaction has been committed; never after a rollback or an unknown outcome. */
  onCommit(hook: () => void): void {
    this.hooks.push(hook);
  }

  /** @internal Waits for statements that are still under way, then refuses further ones. */
  async end(): Promise<void> {
    await this.previous;
    this.ended = true;
  }

  private async run<Row>(sql: string, params: unknown[], name?: string): Promise<Row[]> {
    if (this.ended) throw new Error('the transaction has ended: a statement was not awaited');
    try {
      if (name === undefined) return (await this.runner.query(sql, params, true)).records as Row[];
      const client = (await this.runner.connect()) as ClientBase;
      return (await client.query({ name, text: sql, values: params })).rows as Row[];
    } catch (error) {
      this.failure = toDatabaseError(error);
      throw this.failure;
    }
  }
}

/** Runs `work` once in a transaction on `runner`: commits, or rolls back and throws what went wrong. */
export async function runInTransaction<T>(
  runner: QueryRunner,
  isolation: Isolation,
  work: (tx: Tx) => Promise<T>,
): Promise<{ value: T; tx: Tx }> {
  const client = (await runner.connect()) as ClientBase;
  const tx = new Tx(runner);
  try {
    // READ COMMITTED is the session's default (see connectionSettings): naming it would cost a round trip
    await runner.startTransaction(isolation === 'SERIALIZABLE' ? isolation : undefined);
    const value = await work(tx);
    await tx.end();
    if (tx.failure instanceof DatabaseUnavailable) throw tx.failure;
    await commit(client, tx);
    return { value, tx };
  } catch (error) {
    await tx.end();
    throw await rollback(runner, client, toWorkError(error));
  }
}

// Not TypeORM's commitTransaction: it hides that COMMIT of an aborted transaction succeeds as ROLLBACK.
async function commit(client: ClientBase, tx: Tx): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('COMMIT'));
  } catch (error) {
    throw toCommitError(error);
  }
  if (command !== 'COMMIT') throw tx.failure ?? new Error('a statement failed and the transaction went on');
}

/** Leaves the connection clean or thrown away; answers the error to throw, which a failing ROLLBACK never hides. */
async function rollback(runner: QueryRunner, client: ClientBase, error: unknown): Promise<unknown> {
  if (runner.isReleased) return error;
  if (error instanceof DatabaseUnavailable) {
    discard(client, error);
    return error;
  }
  try {
    await client.query('ROLLBACK');
  } catch (failure) {
    discard(client, failure as Error);
  }
  return error;
}

/** Takes a connection out of the pool: the server rolls back, nobody inherits a stuck statement. */
function discard(client: ClientBase, error: Error): void {
  client.emit('error', error);
}
