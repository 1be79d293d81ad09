import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import type { Described } from './described.decide.ts';
import type { DeviceKind } from './device.types.ts';

/** Devices one user may have trusted at once: private windows make a new one with every login. */
const TRUSTED_MOST = 50;

/** A trusted device of a user. */
export interface TrustedDevice {
  id: string;
  kind: string;
  described: Described;
  seenAt: Date;
  trustedAt: Date;
  trustedUntil: Date;
}

/** Trust that holds now; `$seconds` is today's setting, which an older, longer promise does not outlive. */
const holds = (trust: string, seconds: string) =>
  `${trust}.trusted_until > clock_timestamp()
   AND (${seconds}::int IS NULL OR ${trust}.trusted_at + make_interval(secs => ${seconds}::int) > clock_timestamp())`;

/** Keys of devices, for whom they are trusted, and which trust ids were used. */
@Injectable()
export class DeviceRepository {
  constructor(private readonly database: Database) {}

  /** Uses a trust id up; false if it was used before. `expiresAt` is when it would be refused anyway. */
  async use(tokenHash: string, expiresAt: Date): Promise<boolean> {
    const rows = await this.database.query(
      'INSERT INTO trust_id_uses (token_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
      [tokenHash, expiresAt],
    );
    return rows.length > 0;
  }

  /** The device with that key, made on first sight; known ones are seen again. */
  async see(device: {
    id: string;
    appId: string;
    thumbprint: string;
    kind: DeviceKind;
    trustId: string | undefined;
    described: Described;
  }): Promise<string> {
    const [row] = await this.database.query<{ id: string }>(
      `INSERT INTO devices AS d (id, app_id, thumbprint, kind, trust_id, described) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (app_id, thumbprint) DO UPDATE SET seen_at = clock_timestamp(),
         trust_id = coalesce(excluded.trust_id, d.trust_id),
         described = CASE WHEN excluded.described = '{}'::jsonb THEN d.described ELSE excluded.described END
       RETURNING id`,
      [device.id, device.appId, device.thumbprint, device.kind, device.trustId ?? null, device.described],
    );
    return row!.id;
  }

  async find(appId: string, thumbprint: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }>(
      'SELECT id FROM devices WHERE app_id = $1 AND thumbprint = $2',
      [appId, thumbprint],
    );
    return row?.id;
  }

  /** Users for whom the device is trusted now, two at most. */
  async usersOf(db: Tx | Database, deviceId: string, seconds: number | undefined): Promise<string[]> {
    const rows = await db.query<{ userId: string }>(
      `SELECT user_id AS "userId" FROM device_trusts t WHERE device_id = $1 AND ${holds('t', '$2')} LIMIT 2`,
      [deviceId, seconds ?? null],
    );
    return rows.map(({ userId }) => userId);
  }

  async isTrusted(
    db: Tx | Database,
    deviceId: string,
    userId: string,
    seconds: number | undefined,
  ): Promise<boolean> {
    const rows = await db.query(
      `SELECT 1 FROM device_trusts t WHERE device_id = $1 AND user_id = $3 AND ${holds('t', '$2')}`,
      [deviceId, seconds ?? null, userId],
      'device-is-trusted',
    );
    return rows.length > 0;
  }

  /**
   * Trusts the device for that user, both of that application. Answers the device's kind if it was not trusted before,
   * else undefined.
   */
  async trust(
    tx: Tx,
    appId: string,
    deviceId: string,
    userId: string,
    seconds: number,
  ): Promise<string | undefined> {
    const before = await this.isTrusted(tx, deviceId, userId, undefined);
    const trusted = await tx.one<{ kind: string }>(
      `WITH pair AS (SELECT d.id, d.kind FROM devices d, users u
         WHERE d.id = $2 AND d.app_id = $1 AND u.id = $3 AND u.app_id = $1),
       trusted AS (INSERT INTO device_trusts (device_id, user_id, trusted_until)
         SELECT id, $3, clock_timestamp() + make_interval(secs => $4) FROM pair
         ON CONFLICT (device_id, user_id) DO UPDATE SET trusted_at = clock_timestamp(),
           trusted_until = excluded.trusted_until RETURNING device_id)
       SELECT p.kind FROM pair p JOIN trusted t ON t.device_id = p.id`,
      [appId, deviceId, userId, seconds],
    );
    if (!trusted || before) return undefined;
    await tx.query(
      `DELETE FROM device_trusts WHERE user_id = $1 AND device_id IN (
         SELECT device_id FROM device_trusts WHERE user_id = $1 ORDER BY trusted_at DESC OFFSET $2)`,
      [userId, TRUSTED_MOST],
    );
    return trusted.kind;
  }

  /** Devices that are trusted for the user now, the latest first. */
  async trustedOf(db: Tx | Database, userId: string, seconds: number | undefined): Promise<TrustedDevice[]> {
    return db.query(
      `SELECT d.id, d.kind, d.described, d.seen_at AS "seenAt", t.trusted_at AS "trustedAt",
         t.trusted_until AS "trustedUntil"
       FROM device_trusts t JOIN devices d ON d.id = t.device_id
       WHERE t.user_id = $1 AND ${holds('t', '$2')} ORDER BY d.seen_at DESC`,
      [userId, seconds ?? null],
    );
  }

  /** Takes the user's trust in one device, or in all, away, also from flows that began with it; answers which. */
  async revoke(tx: Tx, userId: string, deviceId?: string): Promise<{ id: string; kind: string }[]> {
    return tx.query(
      `WITH revoked AS (DELETE FROM device_trusts t USING devices d
         WHERE t.user_id = $1 AND d.id = t.device_id AND ($2::uuid IS NULL OR d.id = $2) RETURNING d.id, d.kind),
       forgotten AS (UPDATE flows f SET device_trusted = false FROM revoked r
         WHERE f.user_id = $1 AND f.device_id = r.id AND f.status = 'open')
       SELECT id, kind FROM revoked`,
      [userId, deviceId ?? null],
    );
  }

  /** Removes up to 1000 each of: used trust ids that expired, trusts that ended, devices trusted for nobody for a day. */
  async purge(): Promise<number> {
    const used = await this.database.query(
      `DELETE FROM trust_id_uses WHERE token_hash IN (SELECT token_hash FROM trust_id_uses
         WHERE expires_at < clock_timestamp() LIMIT 1000) RETURNING 1`,
    );
    const ended = await this.database.query(
      `DELETE FROM device_trusts WHERE ctid = ANY (ARRAY(SELECT ctid FROM device_trusts
         WHERE trusted_until < clock_timestamp() LIMIT 1000)) AND trusted_until < clock_timestamp() RETURNING 1`,
    );
    const strangers = await this.database.query(
      `DELETE FROM devices WHERE id IN (SELECT id FROM devices d
         WHERE seen_at < clock_timestamp() - interval '1 day'
           AND NOT EXISTS (SELECT 1 FROM device_trusts t WHERE t.device_id = d.id) LIMIT 1000
         FOR UPDATE SKIP LOCKED) RETURNING 1`,
    );
    return used.length + ended.length + strangers.length;
  }
}
