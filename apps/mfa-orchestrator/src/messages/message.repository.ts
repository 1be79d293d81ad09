import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Channel, ClaimedMessage, NewMessage, Settlement } from './message.types.ts';

/** Rows of messages. The database's clock decides what is due, useless and lapsed. */
@Injectable()
export class MessageRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, id: string, message: NewMessage, sealed: string): Promise<void> {
    const { appId, userId, channel, kind, usefulSeconds } = message;
    await tx.query(
      `INSERT INTO messages (id, app_id, user_id, channel, kind, sealed, useless_after)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7))`,
      [id, appId, userId, channel, kind, sealed, usefulSeconds],
      'plan-message',
    );
  }

  /**
   * Takes up to `limit` due messages of `channels` for `leaseSeconds`; no other process gets them meanwhile. What is
   * useless by now ends, of any channel. What a process took and never settled may have been handed over: it is
   * taken again where the channel is one of `repeatable`, and ends as `unknown` where it is not.
   */
  async claim(
    channels: Channel[],
    repeatable: Channel[],
    limit: number,
    leaseSeconds: number,
  ): Promise<ClaimedMessage[]> {
    const rows = await this.database.query<ClaimedMessage & { state: string }>(
      `WITH due AS (
         SELECT id, CASE
             WHEN state = 'sending' AND NOT (channel = ANY ($2) AND useless_after > clock_timestamp()) THEN 'unknown'
             WHEN useless_after <= clock_timestamp() THEN 'failed'
             ELSE 'sending' END AS becomes
         FROM messages
         WHERE state IN ('planned', 'sending') AND due_at <= clock_timestamp()
           AND (channel = ANY ($1) OR useless_after <= clock_timestamp())
         ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       UPDATE messages m SET
         state = due.becomes,
         attempts = m.attempts + (due.becomes = 'sending')::int,
         due_at = clock_timestamp() + make_interval(secs => $4),
         lease_until = CASE WHEN due.becomes = 'sending' THEN clock_timestamp() + make_interval(secs => $4) END,
         sealed = CASE WHEN due.becomes = 'sending' THEN m.sealed END,
         failure = CASE due.becomes WHEN 'unknown' THEN 'sender lost' WHEN 'failed' THEN coalesce(m.failure, 'too late')
           ELSE m.failure END,
         ended_at = CASE WHEN due.becomes <> 'sending' THEN clock_timestamp() END
       FROM due WHERE m.id = due.id
       RETURNING m.id, m.app_id AS "appId", m.channel, m.kind, m.sealed, m.attempts, m.state`,
      [channels, repeatable, limit, leaseSeconds],
      'claim-messages',
    );
    return rows.filter(({ state }) => state === 'sending');
  }

  /**
   * Ends claims, and wipes what was to be sent wherever nothing is left to do. A claim that has lapsed meanwhile is
   * left to whoever has it now; but that it was sent is worth knowing also where it was given up as unknown.
   */
  async settle(all: Settlement[]): Promise<void> {
    await this.database.query(
      `WITH given AS (
         SELECT s.*, clock_timestamp() + make_interval(secs => s.retry) AS next
         FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[])
           AS s (id, attempts, outcome, otherwise, provider, failure, retry)),
       settled AS (
         SELECT m.id, given.provider, given.failure, given.next, CASE WHEN given.outcome <> 'again' THEN given.outcome
           WHEN given.next < m.useless_after THEN 'planned' ELSE given.otherwise END AS becomes
         FROM given JOIN messages m ON m.id = given.id AND m.attempts = given.attempts
         WHERE m.state = 'sending' OR (m.state = 'unknown' AND given.outcome = 'sent'))
       UPDATE messages m SET state = s.becomes, provider = s.provider, failure = s.failure, lease_until = NULL,
         due_at = s.next, sealed = CASE WHEN s.becomes = 'planned' THEN m.sealed END,
         ended_at = CASE WHEN s.becomes <> 'planned' THEN clock_timestamp() END
       FROM settled s WHERE m.id = s.id`,
      [
        all.map(({ id }) => id),
        all.map(({ attempts }) => attempts),
        all.map(({ outcome }) => outcome),
        all.map(({ otherwise }) => otherwise),
        all.map(({ provider }) => provider),
        all.map(({ failure }) => failure),
        all.map(({ retrySeconds }) => retrySeconds),
      ],
      'settle-messages',
    );
  }

  /** Deletes up to 1000 ended messages older than 30 days; answers how many. */
  async purge(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM messages WHERE id IN (
         SELECT id FROM messages WHERE created_at < clock_timestamp() - interval '30 days'
           AND state NOT IN ('planned', 'sending') LIMIT 1000) RETURNING id`,
    );
    return gone.length;
  }
}
