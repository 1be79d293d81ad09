import type { RecordRow } from './record.types.ts';
import type { Writes } from './write-buffer.ts';
import { type ReliedOn, type WriteLead, writeStatement } from './write-statement.ts';

const row = { key: 'k', kind: 'Session', ttlSeconds: 60 } as RecordRow;
const all = (amount: number): Writes => {
  const keys = (what: string) => Array.from({ length: amount }, (_, n) => `${what}${n}`);
  return { rows: keys('k').map(() => row), gone: keys('g'), used: keys('u'), revoked: keys('r') };
};
const relied = (users: number, sessions = 0): ReliedOn => ({
  generations: new Map(Array.from({ length: users }, (_, n) => [`user${n}`, String(n + 1)] as const)),
  sessions: Array.from({ length: sessions }, (_, n) => `session${n}`),
});
const lead: WriteLead = {
  sql: 'first AS (INSERT INTO t VALUES ($1, $2) RETURNING 1)',
  done: 'first',
  values: ['demo', 2],
  name: 'lead',
};

/** Every combination of nothing, one and two of each, with users, sessions and with something before them. */
const statements = [0, 1, 2].flatMap((rows) =>
  [0, 1, 2].flatMap((gone) =>
    [0, 1, 2].flatMap((used) =>
      [0, 1, 2].flatMap((revoked) =>
        [0, 1, 2].flatMap((held) =>
          [undefined, lead].flatMap((first) => {
            const writes = {
              ...{ rows: all(rows).rows, gone: all(gone).gone },
              ...{ used: all(used).used, revoked: all(revoked).revoked },
            };
            return [0, 1, 2].map((kept) => writeStatement('demo', writes, relied(held, kept), first));
          }),
        ),
      ),
    ),
  ),
);

describe('the statement that writes what a request collected', () => {
  it('has one name for each text and one text for each name: it is prepared under it', () => {
    const texts = new Map(statements.map(({ name, sql }) => [name, sql]));
    for (const { name, sql } of statements) expect(texts.get(name)).toBe(sql);
    expect(new Set(texts.values()).size).toBe(texts.size);
    // Postgres looks at no more of a name
    for (const { name } of statements) expect(name.length + 'login-advance-told'.length).toBeLessThan(64);
  });

  it('has a parameter for each value, and no value in its text', () => {
    for (const { sql, values } of statements) {
      const used = new Set([...sql.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
      expect(Math.max(...used, 1)).toBe(values.length);
      expect(used.size).toBeGreaterThanOrEqual(values.length - 1);
      expect(sql).not.toMatch(/user0|session0|demo|\bu0\b|\bg0\b/);
    }
  });

  it('invariant 2: whatever else it does depends on what must be unused, and that on the users', () => {
    const { sql } = writeStatement('demo', all(1), relied(1));
    const parts = sql.split(/, (?=\w+ AS )/);
    const of = (name: string) => parts.find((part) => new RegExp(`^(WITH )?${name} AS`).test(part));
    expect(of('used')).toContain('(SELECT good FROM standing)');
    for (const name of ['gone', 'others', 'put']) expect(of(name)).toContain('(SELECT good FROM verdict)');
    const without = writeStatement('demo', { ...all(1), used: [] }, relied(1)).sql;
    expect(without.match(/SELECT good FROM standing/g)).toHaveLength(4);
  });

  it('SES-06: with a session that was found nothing is done unless that one stands', () => {
    const { sql } = writeStatement('demo', { ...all(1), used: [] }, relied(0, 1));
    expect(sql).toMatch(/kept AS MATERIALIZED \(SELECT 1 FROM oidc_records [^)]*FOR UPDATE\)/);
    expect(sql).toContain('SELECT (SELECT count(*) FROM kept) = ');
    expect(sql.match(/SELECT good FROM standing/g)).toHaveLength(4);
  });

  it('what comes before it is a condition of all of it', () => {
    const { sql, values } = writeStatement('demo', { ...all(1), used: [] }, relied(0), lead);
    expect(values.slice(0, 2)).toEqual(['demo', 2]);
    expect(sql.match(/AND EXISTS \(SELECT 1 FROM first\)/g)).toHaveLength(3);
    expect(sql).toContain(`WHEN NOT EXISTS (SELECT 1 FROM first) THEN 'lost'`);
  });
});
