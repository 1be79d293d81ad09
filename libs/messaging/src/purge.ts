import type { Database } from '@countersign/persistence';
import type { Timer } from './timers.ts';

/** Forgets what has served: rows published over a day ago, identities settled over 30 days ago. Dead letters stay. */
export const purgeTimers = (database: Database): Timer[] => [
  {
    name: 'outbox-purge',
    everyMs: 60_000,
    run: () =>
      purge(
        database,
        `DELETE FROM outbox WHERE seq = ANY(ARRAY(SELECT seq FROM outbox
           WHERE published_at < clock_timestamp() - interval '1 day' LIMIT 1000)) RETURNING 1 AS one`,
      ),
  },
  {
    name: 'inbox-purge',
    everyMs: 600_000,
    run: () =>
      purge(
        database,
        `DELETE FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM inbox WHERE status IN ('done', 'discarded')
           AND settled_at < clock_timestamp() - interval '30 days' LIMIT 1000)) RETURNING 1 AS one`,
      ),
  },
];

const purge = async (database: Database, sql: string): Promise<number> => (await database.query(sql)).length;
