import type { Database } from './database.ts';
import { quoteIdentifier } from './sql-identifier.ts';
import type { Tx } from './transaction.ts';

export interface ConsumeOnce {
  /** A table with `expires_at timestamptz NOT NULL`, `consumed_at timestamptz` and `consumed_by text`. */
  table: string;
  /** Column → value; every one is compared, `null` as IS NULL. Name all the row is bound to (invariant 1). */
  bindings: Record<string, unknown>;
  /** Who consumes: a repeat with the same attempt gets the same row again, any other gets none. */
  attempt: string;
  /** Column → value written by the consumption itself; a repeat leaves them as they are. */
  set?: Record<string, unknown>;
}

const OWN = new Set(['consumed_at', 'consumed_by', 'expires_at']);

/**
 * Consumes a single-use row in one statement: of all who try, one attempt gets the row, and the database's clock
 * decides expiry (invariant 2). Undefined means unknown, foreign, expired or consumed, and does not say which.
 * In a `Tx` the consumption stands or falls with the transaction.
 */
export async function consumeOnce<Row = Record<string, unknown>>(
  db: Database | Tx,
  spec: ConsumeOnce,
): Promise<Row | undefined> {
  const { sql, params } = consumeStatement(spec);
  const rows = await db.query<Row>(sql, params);
  if (rows.length > 1) throw new Error(`the bindings of ${spec.table} fit ${rows.length} rows`);
  return rows[0];
}

/** The statement behind {@link consumeOnce}. Throws TypeError on bindings that would compare nothing. */
export function consumeStatement(spec: ConsumeOnce): { sql: string; params: unknown[] } {
  const bindings = Object.entries(spec.bindings);
  if (bindings.length === 0) throw new TypeError(`no bindings for ${spec.table}`);
  if (spec.attempt === '') throw new TypeError('the attempt must not be empty');
  const params: unknown[] = [spec.attempt];
  const place = (value: unknown) => `$${params.push(value)}`;
  const where = bindings.map(([column, value]) => {
    if (value === null) return `${quoteIdentifier(column)} IS NULL`;
    if (!isComparable(value)) throw new TypeError(`${spec.table}.${column} cannot be compared`);
    return `${quoteIdentifier(column)} = ${place(value)}`;
  });
  const set = Object.entries(spec.set ?? {}).map(([column, value]) => {
    if (OWN.has(column)) throw new TypeError(`${column} is written by the consumption itself`);
    if (value === undefined) throw new TypeError(`${spec.table}.${column} is undefined`);
    const name = quoteIdentifier(column);
    return `, ${name} = CASE WHEN consumed_at IS NULL THEN ${place(value)} ELSE ${name} END`;
  });
  const sql = `UPDATE ${quoteIdentifier(spec.table)}
    SET consumed_at = coalesce(consumed_at, clock_timestamp()), consumed_by = $1${set.join('')}
    WHERE ${where.join(' AND ')}
      AND ((consumed_at IS NULL AND expires_at > clock_timestamp()) OR consumed_by = $1)
    RETURNING *`;
  return { sql, params };
}

// An undefined binding is a forgotten one, an object would be compared as JSON text: both are faults.
const isComparable = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  typeof value === 'bigint' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  value instanceof Date ||
  value instanceof Uint8Array;
