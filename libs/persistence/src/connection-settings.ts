import type { Migration } from './migrations.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** Connections at most, 2 to 8 of them; one is kept for autocommit statements. Default 8. */
  poolSize?: number;
  /** The service's name, as `pg_stat_activity` shows it. */
  applicationName: string;
  /** TypeORM's entity classes, listed one by one. */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type of an entity class
  entities: Function[];
  migrations: Migration[];
  /** How long one statement may run, in milliseconds. Default 5000. */
  statementTimeoutMs?: number;
  /** How long a caller waits for a connection, in milliseconds. Default 800. */
  connectTimeoutMs?: number;
  /** Told of lost idle connections and of failing `onCommit` hooks; they never end the process. */
  onError?: (error: Error) => void;
}

/** How every connection of a service is made, in the pool and outside it. */
export function connectionSettings(options: DatabaseOptions) {
  const statementTimeoutMs = options.statementTimeoutMs ?? 5000;
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    max: Math.min(Math.max(options.poolSize ?? 8, 2), 8),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 800,
    statement_timeout: statementTimeoutMs,
    // the net under statement_timeout, for a server that has stopped answering
    query_timeout: statementTimeoutMs + 500,
    // a process that hangs in a transaction must not hold its locks for ever
    idle_in_transaction_session_timeout: 30_000,
    options: '-c default_transaction_isolation=read\\ committed',
    // a connection is kept over quiet minutes: making one costs several round trips
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
