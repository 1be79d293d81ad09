import pg from 'pg';

/** SQL as an operator has it: for what no public door shows, or to move a row in time. */
export interface SqlDoor {
  query<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Opens a door to the database of `url`; it connects when it is first used, and again after the server was away. */
export function openSqlDoor(url: string): SqlDoor {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {}); // the server may be stopped on purpose
  return {
    query: async <Row>(sql: string, params: unknown[] = []) => (await pool.query(sql, params)).rows as Row[],
    close: () => pool.end(),
  };
}
