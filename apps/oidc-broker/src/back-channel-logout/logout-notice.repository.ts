import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { MOST_ATTEMPTS, OF_ONE_CLIENT } from './logout-notice.decide.ts';
import type { DueNotice, EndedSession } from './logout-notice.types.ts';

type On = Pick<Database, 'query'>;

/** The table `logout_notices`. The database's clock decides what is due. */
@Injectable()
export class LogoutNoticeRepository {
  constructor(private readonly database: Database) {}

  /** Plans to tell those of the clients that have registered an address for it; answers how many. */
  async insert(appId: string, ended: readonly EndedSession[], on: On = this.database): Promise<number> {
    const rows = await on.query(
      `INSERT INTO logout_notices (app_id, client_id, user_id, sid, origin)
       SELECT $1, e.client_id, e.user_id, e.sid, e.origin
       FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS e (client_id, user_id, sid, origin)
         JOIN oidc_clients c ON c.app_id = $1 AND c.client_id = e.client_id
       WHERE c.settings->>'backchannelLogoutUri' IS NOT NULL
       RETURNING 1 AS one`,
      [
        appId,
        ...[ended.map(({ clientId }) => clientId), ended.map(({ userId }) => userId)],
        ...[ended.map(({ sid }) => sid), ended.map(({ origin }) => origin)],
      ],
    );
    return rows.length;
  }

  /**
   * Takes up to `limit` that are due, for `leaseSeconds`: no other process gets them meanwhile, and whatever becomes of this
   * one they are tried again afterwards. Of one client it takes no more than {@link OF_ONE_CLIENT}, those of `underWay`
   * counted. What was lost in its last try is given up.
   */
  async claim(
    limit: number,
    leaseSeconds: number,
    underWay: readonly Pick<DueNotice, 'appId' | 'clientId'>[] = [],
  ): Promise<DueNotice[]> {
    // `next` bounds what is put in order. Clients without room are not in it, so that theirs never hide others'. What is
    // due is asked again at the lock: another process may have taken it meanwhile.
    return this.database.query<DueNotice>(
      `WITH lost AS (DELETE FROM logout_notices WHERE attempts >= $3 AND due_at <= clock_timestamp()),
       busy AS (SELECT app_id, client_id, count(*) AS taken
         FROM unnest($4::text[], $5::text[]) AS u (app_id, client_id) GROUP BY app_id, client_id),
       next AS (SELECT w.id, w.app_id, w.client_id, w.due_at, coalesce(b.taken, 0) AS taken
         FROM logout_notices w LEFT JOIN busy b ON b.app_id = w.app_id AND b.client_id = w.client_id
         WHERE w.due_at <= clock_timestamp() AND w.attempts < $3 AND coalesce(b.taken, 0) < $6
         ORDER BY w.due_at LIMIT 1000),
       placed AS (SELECT id,
         taken + row_number() OVER (PARTITION BY app_id, client_id ORDER BY due_at, id) AS place FROM next)
       UPDATE logout_notices n SET attempts = n.attempts + 1,
         due_at = clock_timestamp() + make_interval(secs => $2)
       FROM (SELECT id FROM logout_notices
         WHERE id IN (SELECT id FROM placed WHERE place <= $6) AND due_at <= clock_timestamp() AND attempts < $3
         ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due
       WHERE n.id = due.id
       RETURNING n.id::text AS id, n.app_id AS "appId", n.client_id AS "clientId", n.user_id AS "userId",
         n.sid, n.origin, n.attempts`,
      [
        ...[limit, leaseSeconds, MOST_ATTEMPTS],
        ...[underWay.map(({ appId }) => appId), underWay.map(({ clientId }) => clientId), OF_ONE_CLIENT],
      ],
      'claim-logout-notices',
    );
  }

  /** The client was told, or never will be. */
  async delete({ id }: Pick<DueNotice, 'id'>): Promise<void> {
    await this.database.query('DELETE FROM logout_notices WHERE id = $1', [id]);
  }

  /** Tries again in `seconds`; `uncounted`: the client was not asked. */
  async putOff(
    { id, attempts }: Pick<DueNotice, 'id' | 'attempts'>,
    seconds: number,
    { uncounted = false } = {},
  ): Promise<void> {
    await this.database.query(
      `UPDATE logout_notices SET due_at = clock_timestamp() + make_interval(secs => $2), attempts = $3 WHERE id = $1`,
      [id, seconds, uncounted ? attempts - 1 : attempts],
    );
  }
}
