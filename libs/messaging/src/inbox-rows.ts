import type { Database, Tx } from '@countersign/persistence';

/** A row of the inbox that waits for its handler. */
export interface InboxRow {
  id: string;
  topic: string;
  partition: number;
  offset: string;
  record_key: string | null;
  order_key: string;
  body: Buffer;
  broker_time: Date;
  received_at: Date;
  attempts: number;
  replayed: boolean;
}

/**
 * The first rows of up to `limit` keys after `after`, of each key the first in order of topic, partition, offset.
 * A key whose first row waits for its next try, or that is among `busy`, is left out whole: order per key.
 * Jumps from key to key through the index, so that a flood for one key costs the others nothing.
 */
export function peekHeads(
  database: Database,
  consumer: string,
  { limit, after, busy }: { limit: number; after: string; busy: string[] },
): Promise<InboxRow[]> {
  const head = (from: string) => `
    SELECT order_key, id, next_at FROM inbox
    WHERE consumer = $1 AND status = 'pending' AND order_key > ${from}
    ORDER BY order_key, topic, partition, "offset" LIMIT 1`;
  return database.query<InboxRow>(
    `WITH RECURSIVE heads AS (
       (${head('$2')})
       UNION ALL
       SELECT following.* FROM heads, LATERAL (${head('heads.order_key')}) following
     ), ready AS MATERIALIZED (
       SELECT id FROM heads
       WHERE (next_at IS NULL OR next_at <= clock_timestamp()) AND order_key <> ALL($3::text[])
       LIMIT $4
     )
     SELECT id, topic, partition, "offset", record_key, order_key, body, broker_time, received_at, attempts, replayed
     FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM ready)) ORDER BY order_key`,
    [consumer, after, busy, limit],
  );
}

/**
 * Marks rows as done and wipes them, as the first statement of the transaction that handles them: the mark stands or
 * falls with the effects. Rows that somebody else has, or has finished, are left out. Answers the ids that are ours.
 */
export async function claim(tx: Tx, ids: string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE inbox SET status = 'done', body = NULL, settled_at = clock_timestamp(), next_at = NULL
     WHERE id = ANY(ARRAY(SELECT id FROM inbox WHERE id = ANY($1::bigint[]) AND status = 'pending'
       ORDER BY id FOR UPDATE SKIP LOCKED))
     RETURNING id`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Lets a row wait `delayMs`; `counted` if the try counts against it. */
export async function postpone(
  database: Database,
  id: string,
  { delayMs, counted }: { delayMs: number; counted: boolean },
): Promise<void> {
  await database.query(
    `UPDATE inbox SET attempts = attempts + $2::int, next_at = clock_timestamp() + $3::int * interval '1 millisecond'
     WHERE id = $1 AND status = 'pending'`,
    [id, counted ? 1 : 0, delayMs],
  );
}

/** Makes a pending row a dead letter; `ownerless` if its application is not known. Answers whether it was pending. */
export async function bury(
  tx: Tx,
  id: string,
  { reason, detail, ownerless }: { reason: string; detail?: string; ownerless: boolean },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE inbox SET status = 'dead', reason = $2, detail = $3, attempts = attempts + 1, next_at = NULL,
       settled_at = clock_timestamp(), app_id = CASE WHEN $4::boolean THEN NULL ELSE app_id END,
       -- whoever cannot sign must not be able to use up the identity of an event that somebody else will sign
       identity = CASE WHEN $2 = 'untrusted'
         THEN 'place ' || topic || '/' || partition || '/' || "offset" || ' ' || digest ELSE identity END
     WHERE id = $1 AND status = 'pending' RETURNING id`,
    [id, reason, detail ?? null, ownerless],
  );
  return rows.length === 1;
}
