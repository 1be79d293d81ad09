/**
 * Postgres cannot be used for the moment: refused, lost, timed out, shutting down, full. Nothing is wrong with
 * the request; a door answers 503 with `Retry-After: 1`, a worker leaves its row for later.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
  constructor(
    message = 'the database is not available',
    /** SQLSTATE or errno, for logs. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/**
 * The connection failed on COMMIT: whether the transaction is in the database is unknown. Never retried here;
 * the caller asks again with the same identity (attempt, Idempotency-Key, event id) and gets the first outcome.
 */
export class CommitUnknown extends DatabaseUnavailable {
  override name = 'CommitUnknown';
  constructor(code?: string) {
    super('the outcome of the commit is unknown', code);
  }
}

/** Somebody else changed the row since it was read (optimistic version lost). Repositories throw it. */
export class StaleVersion extends Error {
  override name = 'StaleVersion';
  constructor(message = 'the row was changed meanwhile') {
    super(message);
  }
}

/**
 * A statement that Postgres refused. Holds what a repository decides by (`code` is the SQLSTATE) and neither
 * the parameters nor the driver's `detail`, which quote values that must not reach a log.
 */
export class QueryFailed extends Error {
  override name = 'QueryFailed';
  constructor(
    message: string,
    readonly code: string,
    readonly constraint?: string,
    readonly table?: string,
    readonly column?: string,
  ) {
    super(message);
  }
}
