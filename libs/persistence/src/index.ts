export { Database, type DatabaseOptions } from './database.ts';
export { Tx, type Isolation, type TransactionOptions } from './transaction.ts';
export { DedicatedConnection } from './dedicated-connection.ts';
export { type Migration, MigrationRefused } from './migrations.ts';
export { CommitUnknown, DatabaseUnavailable, QueryFailed, StaleVersion } from './database-errors.ts';
export { consumeOnce, type ConsumeOnce } from './consume-once.ts';
export { Idempotency, type IdempotentRequest, type IdempotentWork } from './idempotency.ts';
export { idempotencyMigration } from './idempotency.migration.ts';
export { quoteIdentifier } from './sql-identifier.ts';
