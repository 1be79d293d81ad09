import { waitFor } from '@countersign/testing';
import type { Database } from '../src/index.ts';

/** Resolves when `count` sessions of this database wait for a lock: the interleaving a test is after has come about. */
export const blockedSessions = (db: Database, count = 1) =>
  waitFor(
    async () => {
      const rows = await db.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length >= count;
    },
    { what: `${count} blocked sessions` },
  );
