import type { Database, DedicatedConnection } from '@countersign/persistence';
import { OUTBOX_SHARDS } from './outbox.ts';

/** A row of the outbox on its way out. */
export interface PendingRow {
  seq: string;
  topic: string;
  key: string | null;
  headers: Record<string, string>;
  body: Buffer;
}

/** The NOTIFY channel by which one process tells the relays of others that there is something to publish. */
export const OUTBOX_CHANNEL = 'countersign_outbox';

/** How often a relay asks for the shards that others hold, in milliseconds. */
const ASK_AGAIN_MS = 1_000;

/**
 * A relay's hold on shards of the outbox: session advisory locks on a connection of its own. The outbox is read
 * and marked on that same connection, so that who has lost the locks can neither find nor mark anything more.
 */
export class RelayLease {
  private readonly shards = new Set<number>();
  private askedAt = -Infinity;

  private constructor(
    private readonly connection: DedicatedConnection,
    private readonly most: number,
  ) {}

  /** Connects and listens; `onNotify` is called for every wake-up. Throws DatabaseUnavailable. */
  static async open(
    database: Database,
    options: { most?: number; onNotify: () => void; onLost: (error: Error) => void },
  ): Promise<RelayLease> {
    const connection = await database.dedicatedConnection(options.onLost);
    try {
      await connection.listen(OUTBOX_CHANNEL, options.onNotify);
      // a lost mark only means that a row is published twice: it need not wait for the disk
      await connection.query('SET synchronous_commit = off');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return new RelayLease(connection, Math.min(options.most ?? OUTBOX_SHARDS, OUTBOX_SHARDS));
  }

  get alive(): boolean {
    return this.connection.alive;
  }

  /** Whether every shard is held here, so that nobody else needs to be woken. */
  get ownsAll(): boolean {
    return this.alive && this.shards.size === OUTBOX_SHARDS;
  }

  /** Tries, once a second, to take shards that nobody holds, up to the most this relay may have. */
  async takeFreeShards(): Promise<void> {
    const wanted = this.most - this.shards.size;
    if (wanted <= 0 || performance.now() - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = performance.now();
    const missing = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard).filter(
      (s) => !this.shards.has(s),
    );
    // OFFSET 0 keeps the planner from taking locks for rows beyond the LIMIT
    const rows = await this.connection.query<{ shard: number }>(
      `SELECT shard FROM (SELECT unnest($1::int[]) AS shard OFFSET 0) s
       WHERE pg_try_advisory_lock(hashtext('${OUTBOX_CHANNEL}'), shard) LIMIT $2`,
      [missing, wanted],
    );
    for (const { shard } of rows) this.shards.add(shard);
  }

  /** Unpublished rows of the shards held, oldest first, none of `blockedTopics`. */
  async pending(limit: number, blockedTopics: string[]): Promise<PendingRow[]> {
    if (this.shards.size === 0) return [];
    return this.connection.query<PendingRow>(
      `SELECT seq, topic, key, headers, body FROM outbox
       WHERE published_at IS NULL AND shard = ANY($1::smallint[]) AND topic <> ALL($2::text[])
       ORDER BY seq LIMIT $3`,
      [[...this.shards], blockedTopics, limit],
    );
  }

  /** Marks rows as published. */
  async mark(seqs: string[]): Promise<void> {
    await this.connection.query(
      'UPDATE outbox SET published_at = clock_timestamp() WHERE seq = ANY($1::bigint[])',
      [seqs],
    );
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
