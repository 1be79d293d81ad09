import { CommitUnknown, DatabaseUnavailable, QueryFailed, StaleVersion } from './database-errors.ts';

/** What is read off an error of the driver, of TypeORM or of the socket. */
interface Fault {
  name?: string;
  message: string;
  code?: unknown;
  constraint?: string;
  table?: string;
  column?: string;
  driverError?: unknown;
}

const SOCKET = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENETRESET'.split(
    ' ',
  ),
);

// What pg, pg-pool and TypeORM say, without any code, of a connection that is gone or never came.
const LOST =
  /^(connection terminated|timeout exceeded when trying to connect|timeout expired|query read timeout|client has encountered a connection error|client was closed|cannot use a pool after|query runner already released|driver not connected)/i;

/** SQLSTATE classes 08 (connection) and 53 (resources), and the codes by which a server ends or refuses a session. */
const UNAVAILABLE = /^(08...|53...|57P0[1-5]|57014|25P0[34]|25006)$/;

const TYPEORM = new Set(['OptimisticLockVersionMismatchError', 'QueryRunnerAlreadyReleasedError']);

// By shape and not by class: errors of the socket may come from another realm than ours.
const isFault = (error: unknown): error is Fault =>
  typeof error === 'object' && error !== null && typeof (error as Fault).message === 'string';

/** The transaction was rolled back because of others: running it again may succeed. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof QueryFailed && (error.code === '40001' || error.code === '40P01');

/** `error` as one of this library's classes; what did not come from the database is handed back untouched. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable || error instanceof QueryFailed) return error;
  if (!isFault(error)) return error;
  if (error.name === 'OptimisticLockVersionMismatchError') return new StaleVersion();
  if (error.name === 'QueryRunnerAlreadyReleasedError')
    return new DatabaseUnavailable('the connection was lost');
  const fault = isFault(error.driverError) ? error.driverError : error;
  const code = typeof fault.code === 'string' ? fault.code : undefined;
  if (code !== undefined && (SOCKET.has(code) || UNAVAILABLE.test(code))) {
    return new DatabaseUnavailable(undefined, code);
  }
  if (LOST.test(fault.message)) return new DatabaseUnavailable(fault.message.toLowerCase(), code);
  if (code !== undefined && fault !== error) return queryFailed(fault, code);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && 'severity' in fault)
    return queryFailed(fault, code);
  return error;
}

/** What a work threw: mapped if it is TypeORM's, else the work's own and untouched, whatever its code. */
export function toWorkError(error: unknown): unknown {
  const ofTypeOrm = isFault(error) && (isFault(error.driverError) || TYPEORM.has(error.name ?? ''));
  return ofTypeOrm ? toDatabaseError(error) : error;
}

/**
 * What an error of COMMIT means. Where the server said that it rolled back (conflict, deferred constraint) the
 * outcome is known; everything else leaves it unknown.
 */
export function toCommitError(error: unknown): unknown {
  const mapped = toDatabaseError(error);
  if (mapped instanceof QueryFailed && /^(40001|40P01|40002|23...)$/.test(mapped.code)) return mapped;
  return new CommitUnknown(mapped instanceof DatabaseUnavailable ? mapped.code : undefined);
}

const queryFailed = (fault: Fault, code: string): QueryFailed =>
  new QueryFailed(fault.message, code, fault.constraint, fault.table, fault.column);
