import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { toView } from './challenge-view.ts';
import type { Challenge } from './challenge.types.ts';

/** One event of the stream; `id` is what a client sends back as Last-Event-ID. */
export interface StreamEvent {
  id: string;
  type: string;
  challenge: unknown;
}

/** Where a reader begins: after an event, and without what a snapshot saw (null: nothing). */
export interface StreamStart {
  id: string;
  seen: string | null;
}

/**
 * What the stream of challenges replays. Read in order of (transaction, sequence) and only below the oldest running
 * transaction: a plain sequence would skip events that commit late.
 */
@Injectable()
export class ChallengeStream {
  constructor(private readonly database: Database) {}

  async append(tx: Tx, type: string, challenge: Challenge): Promise<void> {
    await tx.query('INSERT INTO challenge_events (app_id, type, challenge) VALUES ($1, $2, $3)', [
      challenge.appId,
      type,
      JSON.stringify(toView(challenge)),
    ]);
  }

  /** Events of an application after `start`, or after the event of that id, oldest first. */
  async after(
    appId: string,
    start: StreamStart,
    lastEventId = start.id,
    limit = 100,
  ): Promise<StreamEvent[]> {
    const [txid, seq] = lastEventId.split('-');
    return this.database.query<StreamEvent>(
      `SELECT txid || '-' || seq AS id, type, challenge FROM challenge_events
       WHERE app_id = $1 AND (txid, seq) > ($2::text::xid8, $3::bigint)
         AND txid < pg_snapshot_xmin(pg_current_snapshot())
         AND ($5::text IS NULL OR NOT pg_visible_in_snapshot(txid, $5::pg_snapshot))
       ORDER BY txid, seq LIMIT $4`,
      [appId, txid, seq, limit, start.seen],
    );
  }

  /** Where everything is still to come: below the oldest running transaction, without what can be seen already. */
  async head(): Promise<StreamStart> {
    const [row] = await this.database.query<StreamStart>(
      `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::text || '-9223372036854775807' AS id,
         pg_current_snapshot()::text AS seen`,
    );
    return row!;
  }

  /** Removes events older than a day; answers how many. */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM challenge_events WHERE seq IN (SELECT seq FROM challenge_events
         WHERE created_at < clock_timestamp() - interval '1 day' ORDER BY seq LIMIT 1000) RETURNING seq`,
    );
    return rows.length;
  }
}

/** What Postgres takes for a transaction and a sequence number. */
const LARGEST = 2n ** 63n - 1n;

/** Whether `id` can be an event id of the stream. */
export const isStreamId = (id: string): boolean =>
  /^\d{1,19}-\d{1,19}$/.test(id) && id.split('-').every((part) => BigInt(part) <= LARGEST);
