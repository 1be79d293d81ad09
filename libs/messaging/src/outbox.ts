import { randomInt } from 'node:crypto';
import { EVENT_MAX_BYTES, EVENTS, type EventData, type EventType } from '@countersign/contracts';
import { type Clock, uuidv7 } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { bucketOf } from './key-hash.ts';
import { currentCausationId, currentCorrelationId, currentTrace } from './trace.ts';

/** Shards of the outbox. A constant: rows carry their shard, and every relay must agree on it. */
export const OUTBOX_SHARDS = 16;

/** What a topic of the broker's default size still takes, with room for the record's frame. */
const RAW_MAX_BYTES = 900_000;

/** A fact to be told. */
export interface NewEvent<T extends EventType = EventType> {
  type: T;
  appId: string;
  /** What it is about: a user id, a challenge id; for audit actions the username. */
  subject: string;
  /** Events of one key are delivered in order. */
  key: string;
  data: EventData<T>;
  /** Default: a new UUIDv7. */
  id?: string;
  /** ISO 8601; default: now. */
  time?: string;
  /** Default: the event that is being handled. */
  causationId?: string;
  /** Default: that of the request or event under way. */
  correlationId?: string;
  /** Detached JWS of the producer, handed on as it came. */
  signature?: string;
}

/** The event exceeds 256 KB. Thrown when it is written: what can never be sent must not sit in the outbox. */
export class EventTooLarge extends Error {
  override name = 'EventTooLarge';
  constructor(topic: string, bytes: number) {
    super(`an event for ${topic} has ${bytes} bytes`);
  }
}

/** A row of the table `outbox`: (shard, topic, key, headers, body). */
export interface OutboxRow {
  shard: number;
  topic: string;
  key: string | null;
  /** JSON. */
  headers: string;
  body: Buffer;
}

/** Where events are written, in the transaction of the change they tell of. A relay publishes them after the commit. */
export class Outbox {
  constructor(
    /** CloudEvents `source`, such as `/mfa-orchestrator`. */
    private readonly source: string,
    private readonly clock: Clock,
    /** To be called after a commit of {@link prepare}d rows; `append` sees to it itself. */
    readonly wake: () => void,
  ) {}

  /**
   * Writes `events` in their order and answers their ids. Throws ZodError if `data` does not fit its schema and
   * EventTooLarge above 256 KB; both are faults of the caller.
   */
  async append(tx: Tx, events: readonly NewEvent[]): Promise<string[]> {
    const prepared = this.prepare(events);
    await this.insert(tx, prepared);
    return prepared.map(({ id }) => id);
  }

  /** Writes a record that is not an event of the catalogue, such as a dead-letter notice. */
  async appendRaw(
    tx: Tx,
    record: { topic: string; key: string | null; headers?: Record<string, string>; body: Buffer | string },
  ): Promise<void> {
    const { topic, key, headers = {} } = record;
    const body = Buffer.from(record.body);
    if (body.length > RAW_MAX_BYTES) throw new EventTooLarge(topic, body.length);
    await this.insert(tx, [{ shard: shardOf(key), topic, key, headers: JSON.stringify(headers), body }]);
  }

  /**
   * The rows that {@link append} would write, for a statement that changes state and tells of it at once (saving a
   * round trip). Who inserts them calls `wake` after the commit. Throws as `append`.
   */
  prepare(events: readonly NewEvent[]): (OutboxRow & { id: string })[] {
    return events.map((event) => {
      const document = this.document(event);
      const { topic } = EVENTS[event.type];
      const body = Buffer.from(JSON.stringify(document));
      if (body.length > EVENT_MAX_BYTES) throw new EventTooLarge(topic, body.length);
      return { id: document.id, shard: shardOf(event.key), topic, key: event.key, headers: STRUCTURED, body };
    });
  }

  private document(event: NewEvent) {
    const id = event.id ?? uuidv7(this.clock);
    // a member that is undefined is left out by JSON.stringify
    return {
      specversion: '1.0',
      id,
      source: this.source,
      type: event.type,
      subject: event.subject,
      time: event.time ?? this.clock.now().toISOString(),
      datacontenttype: 'application/json',
      dataschema: `urn:countersign:event:${event.type}`,
      appid: event.appId,
      partitionkey: event.key,
      correlationid: event.correlationId ?? currentCorrelationId() ?? id,
      causationid: event.causationId ?? currentCausationId(),
      traceparent: currentTrace(),
      signature: event.signature,
      data: EVENTS[event.type].data.parse(event.data),
    };
  }

  private async insert(tx: Tx, rows: OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    await tx.query(
      `INSERT INTO outbox (shard, topic, key, headers, body)
       SELECT shard, topic, key, headers::jsonb, body
       FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::bytea[])
         WITH ORDINALITY AS r (shard, topic, key, headers, body, place)
       ORDER BY place`,
      [
        rows.map(({ shard }) => shard),
        rows.map(({ topic }) => topic),
        rows.map(({ key }) => key),
        rows.map(({ headers }) => headers),
        rows.map(({ body }) => body),
      ],
      'write-outbox',
    );
    tx.onCommit(this.wake);
  }
}

/** CloudEvents Kafka binding §3.3: structured mode is told by the content type. */
const STRUCTURED = JSON.stringify({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });

// without a key there is no order to keep
const shardOf = (key: string | null): number =>
  key === null ? randomInt(OUTBOX_SHARDS) : bucketOf(key, OUTBOX_SHARDS);
