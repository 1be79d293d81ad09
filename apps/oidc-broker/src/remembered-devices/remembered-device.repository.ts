import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** Whose device it is, and by what it is known. */
export interface DeviceKey {
  appId: string;
  userId: string;
  /** SHA-256 of the cookie. */
  tokenHash: string;
}

/** A device as its user's list shows it. */
export interface RememberedDevice {
  id: string;
  clientAddress: string;
  userAgent: string;
  issuedAt: Date;
  expiresAt: Date;
}

type On = Pick<Database, 'query'> | Tx;

/** Most devices of one user: the oldest goes when another comes. */
const MOST = 20;
const SWEPT_AT_ONCE = 500;

/** Browsers that are remembered instead of MFA. */
@Injectable()
export class RememberedDeviceRepository {
  constructor(private readonly database: Database) {}

  /**
   * Adds the device; or, where `previousHash` is one of this user's, one more policy to it under its new token. The
   * user's oldest ones make room. Answers for how many seconds it is kept.
   */
  async put(
    tx: Tx,
    device: DeviceKey & {
      id: string;
      previousHash: string | undefined;
      policy: string;
      /** The flow that satisfied it. */
      flowId: string;
      seconds: number;
      clientAddress: string;
      userAgent: string;
    },
  ): Promise<number> {
    const { appId, userId, tokenHash, id, previousHash, policy, seconds, clientAddress, userAgent } = device;
    const shown = [appId, userId, tokenHash, policy, clientAddress, userAgent, seconds, device.flowId];
    const kept = await tx.one<{ seconds: number }>(
      `UPDATE remembered_devices SET token_hash = $3, client_address = $5, user_agent = $6,
         policies = policies || jsonb_build_object($4::text, floor(extract(epoch FROM clock_timestamp()))),
         flows = flows || jsonb_build_object($4::text, $8::text),
         expires_at = greatest(expires_at, clock_timestamp() + $7 * interval '1 second')
       WHERE app_id = $1 AND user_id = $2 AND token_hash = $9 AND expires_at > clock_timestamp()
       RETURNING ceil(extract(epoch FROM expires_at - clock_timestamp()))::int AS seconds`,
      [...shown, previousHash ?? ''],
    );
    if (kept) return kept.seconds;
    await tx.query(
      `INSERT INTO remembered_devices
         (app_id, user_id, token_hash, policies, client_address, user_agent, expires_at, flows, id)
       VALUES ($1, $2, $3, jsonb_build_object($4::text, floor(extract(epoch FROM clock_timestamp()))), $5, $6,
         clock_timestamp() + $7 * interval '1 second', jsonb_build_object($4::text, $8::text), $9)`,
      [...shown, id],
    );
    await tx.query(
      `DELETE FROM remembered_devices WHERE app_id = $1 AND user_id = $2 AND id NOT IN (
         SELECT id FROM remembered_devices WHERE app_id = $1 AND user_id = $2 ORDER BY issued_at DESC, id LIMIT $3)`,
      [appId, userId, MOST],
    );
    return seconds;
  }

  /**
   * The flow that satisfied that policy on this device for this user, at most `seconds` ago by the database's clock.
   * Undefined: none did, or it is not known which.
   */
  async flowOf(
    { appId, userId, tokenHash }: DeviceKey,
    policy: string,
    seconds: number,
  ): Promise<string | undefined> {
    const [row] = await this.database.query<{ flowId: string | null }>(
      `SELECT flows ->> $4 AS "flowId" FROM remembered_devices WHERE app_id = $1 AND user_id = $2 AND token_hash = $3
         AND expires_at > clock_timestamp()
         AND (policies ->> $4)::float8 > extract(epoch FROM clock_timestamp()) - $5`,
      [appId, userId, tokenHash, policy, seconds],
      'remembered-device-flow',
    );
    return row?.flowId ?? undefined;
  }

  /** Those that still count, the newest first. */
  list(appId: string, userId: string): Promise<RememberedDevice[]> {
    return this.database.query<RememberedDevice>(
      `SELECT id, client_address AS "clientAddress", user_agent AS "userAgent", issued_at AS "issuedAt",
         expires_at AS "expiresAt"
       FROM remembered_devices WHERE app_id = $1 AND user_id = $2 AND expires_at > clock_timestamp()
       ORDER BY issued_at DESC, id`,
      [appId, userId],
    );
  }

  /** Forgets one device of a user, or all. Answers how many there were. */
  async delete(appId: string, userId: string, id?: string, on: On = this.database): Promise<number> {
    const rows = await on.query(
      `DELETE FROM remembered_devices WHERE app_id = $1 AND user_id = $2 AND ($3::text IS NULL OR id = $3)
       RETURNING 1 AS one`,
      [appId, userId, id ?? null],
    );
    return rows.length;
  }

  /** Deletes what has expired; answers how many. */
  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM remembered_devices WHERE ctid = ANY (ARRAY(SELECT ctid FROM remembered_devices
         WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1 AS one`,
      [SWEPT_AT_ONCE],
    );
    return rows.length;
  }
}
