import type { Migration } from '@countersign/persistence';

/** Tables of outbox and inbox. */
export const messagingMigrations: Migration[] = [
  {
    name: 'messaging-0001-outbox-inbox',
    up: `
      CREATE TABLE outbox (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shard smallint NOT NULL,
        topic text NOT NULL,
        key text,
        headers jsonb NOT NULL,
        body bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz
      );
      CREATE INDEX outbox_unpublished ON outbox (seq) INCLUDE (shard, topic) WHERE published_at IS NULL;
      CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

      CREATE TABLE inbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer text NOT NULL,
        identity text NOT NULL,
        digest text NOT NULL,
        app_id text,
        event_id text,
        type text,
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        record_key text,
        order_key text COLLATE "C" NOT NULL,
        body bytea,
        broker_time timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        status text NOT NULL CHECK (status IN ('pending', 'done', 'dead', 'discarded')),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz,
        replayed boolean NOT NULL DEFAULT false,
        reason text,
        detail text,
        settled_at timestamptz,
        UNIQUE (consumer, identity)
      );
      CREATE INDEX inbox_heads ON inbox (consumer, order_key, topic, partition, "offset") WHERE status = 'pending';
      CREATE INDEX inbox_dead ON inbox (id) WHERE status = 'dead';
      CREATE INDEX inbox_settled ON inbox (settled_at) WHERE status IN ('done', 'discarded');
      -- rows are rewritten soon after they were inserted: vacuum before the tables grow
      ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
      ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
    `,
  },
];
