import type { Database, Tx } from '@countersign/persistence';
import type { Arrival } from './inbox-arrival.ts';

/** Where a row of the inbox came from, and what it became. */
export interface Inserted {
  id: string;
  topic: string;
  partition: number;
  offset: string;
}

/** `pending`: the worker's. `done`: an event nobody here handles. `dead`: with its reason. */
export const arrivalStatus = ({ verdict }: Arrival, handles: (type: string) => boolean) =>
  verdict.kind === 'dead' ? 'dead' : handles(verdict.type) ? 'pending' : 'done';

/** Inserts arrivals in one statement; answers those that were new. What is known already is left as it is. */
export function insertArrivals(
  db: Database | Tx,
  consumer: string,
  arrivals: readonly Arrival[],
  handles: (type: string) => boolean,
): Promise<Inserted[]> {
  const columns = arrivals.map((arrival) => toColumns(arrival, arrivalStatus(arrival, handles)));
  const column = <K extends keyof Columns>(name: K) => columns.map((row) => row[name]);
  return db.query<Inserted>(
    `INSERT INTO inbox (consumer, identity, digest, app_id, event_id, type, topic, partition, "offset",
       record_key, order_key, body, broker_time, status, reason, detail, settled_at)
     SELECT $1, r.identity, r.digest, r.app_id, r.event_id, r.type, r.topic, r.partition, r."offset",
       r.record_key, r.order_key, r.body, r.broker_time, r.status, r.reason, r.detail,
       CASE WHEN r.status <> 'pending' THEN clock_timestamp() END
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bigint[],
       $10::text[], $11::text[], $12::bytea[], $13::timestamptz[], $14::text[], $15::text[], $16::text[])
       AS r (identity, digest, app_id, event_id, type, topic, partition, "offset",
         record_key, order_key, body, broker_time, status, reason, detail)
     ON CONFLICT (consumer, identity) DO NOTHING
     RETURNING id, topic, partition, "offset"`,
    [
      consumer,
      column('identity'),
      column('digest'),
      column('appId'),
      column('eventId'),
      column('type'),
      column('topic'),
      column('partition'),
      column('offset'),
      column('recordKey'),
      column('orderKey'),
      column('body'),
      column('brokerTime'),
      column('status'),
      column('reason'),
      column('detail'),
    ],
  );
}

type Columns = ReturnType<typeof toColumns>;

function toColumns(arrival: Arrival, status: string) {
  const { record, verdict } = arrival;
  const { envelope } = verdict;
  const dead = verdict.kind === 'dead' ? verdict : undefined;
  return {
    identity: arrival.identity,
    digest: arrival.digest,
    appId: envelope?.appId ?? null,
    eventId: envelope?.event.id ?? null,
    type: envelope?.event.type ?? null,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    recordKey: arrival.recordKey,
    orderKey: arrival.orderKey,
    // what could not be parsed cannot be replayed, what nobody handles need not be kept
    body: envelope && status !== 'done' ? record.value : null,
    brokerTime: record.timestamp.toISOString(),
    status,
    reason: dead?.reason ?? null,
    detail: dead?.detail ?? null,
  };
}
