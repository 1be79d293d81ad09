import { CommitUnknown, DatabaseUnavailable, QueryFailed, StaleVersion } from './database-errors.ts';
import { isRetryable, toCommitError, toDatabaseError, toWorkError } from './database-faults.ts';

const serverError = (code: string, more: object = {}) =>
  Object.assign(new Error('from the server'), { code, severity: 'ERROR', ...more });
const named = (name: string) => Object.assign(new Error('from TypeORM'), { name });

describe('what went wrong with the database', () => {
  it.each([
    '08006',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '57014',
    '25P03',
    '25006',
    'ECONNREFUSED',
    'ENOTFOUND',
    'EPIPE',
  ])('design "Errors": %s means not available', (code) => {
    expect(toDatabaseError(serverError(code))).toBeInstanceOf(DatabaseUnavailable);
  });

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
    'Client was closed and is not queryable',
  ])('design "Errors": "%s" means not available', (message) => {
    expect(toDatabaseError(new Error(message))).toBeInstanceOf(DatabaseUnavailable);
  });

  it('security 35: a refused statement keeps its code and names, and no values', () => {
    const driverError = serverError('23505', { constraint: 'tokens_pkey', detail: 'Key (token)=(s3cret)' });
    const error = toDatabaseError(
      Object.assign(new Error('x'), { name: 'QueryFailedError', driverError, parameters: ['s3cret'] }),
    );
    expect(error).toMatchObject({ name: 'QueryFailed', code: '23505', constraint: 'tokens_pkey' });
    expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain('s3cret');
  });

  it('toolchain "TypeORM pitfalls": conflicts are retried, other failures are not', () => {
    expect(isRetryable(toDatabaseError(serverError('40001')))).toBe(true);
    expect(isRetryable(toDatabaseError(serverError('40P01')))).toBe(true);
    expect(isRetryable(toDatabaseError(serverError('23505')))).toBe(false);
    expect(isRetryable(toDatabaseError(serverError('08006')))).toBe(false);
  });

  it('an optimistic version lost inside TypeORM is a StaleVersion', () => {
    expect(toDatabaseError(named('OptimisticLockVersionMismatchError'))).toBeInstanceOf(StaleVersion);
  });

  it('errors of the work itself pass untouched', () => {
    const own = new TypeError('mine');
    expect(toDatabaseError(own)).toBe(own);
    const coded = Object.assign(new Error('mine'), { code: 'ERR_MINE' });
    expect(toDatabaseError(coded)).toBe(coded);
    expect(toDatabaseError('text')).toBe('text');
  });

  it('what a work throws of its own is not taken for the database, even with a code of the socket', () => {
    const own = Object.assign(new Error('fetch failed'), { code: 'ECONNREFUSED' });
    expect(toWorkError(own)).toBe(own);
    const driverError = serverError('08006');
    expect(toWorkError(Object.assign(new Error('x'), { driverError }))).toBeInstanceOf(DatabaseUnavailable);
  });

  it('toolchain "TypeORM pitfalls": an error on COMMIT leaves the outcome unknown, unless the server says rolled back', () => {
    expect(toCommitError(new Error('Connection terminated unexpectedly'))).toBeInstanceOf(CommitUnknown);
    expect(toCommitError(serverError('57P01'))).toBeInstanceOf(CommitUnknown);
    expect(toCommitError(serverError('40003'))).toBeInstanceOf(CommitUnknown);
    expect(toCommitError(serverError('40001'))).toBeInstanceOf(QueryFailed);
    expect(toCommitError(serverError('23503'))).toBeInstanceOf(QueryFailed);
  });
});
