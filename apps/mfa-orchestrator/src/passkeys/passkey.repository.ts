import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Created } from './ceremonies.ts';
import type { Passkey } from './passkey.types.ts';

const COLUMNS = `id, app_id AS "appId", user_id AS "userId", credential_id AS "credentialId",
  public_key AS "publicKey", algorithm, sign_count::double precision AS "signCount", suspect,
  user_verified AS "userVerified", backup_eligible AS "backupEligible", backed_up AS "backedUp", aaguid, transports,
  name, created_at AS "createdAt", last_used_at AS "lastUsedAt", last_used_from AS "lastUsedFrom"`;

/** The device of a flow as its user's list of passkeys shows it. */
const DEVICE = `(SELECT d.described || jsonb_build_object('deviceId', d.id) FROM devices d WHERE d.id = $DEVICE)`;

/** A user's passkeys. Every statement names the application: no credential of another one is ever found. */
@Injectable()
export class PasskeyRepository {
  /** Adds one; false if the application has that credential id already, whoever it is of. */
  async insert(
    tx: Tx,
    passkey: Created & Pick<Passkey, 'id' | 'appId' | 'userId' | 'name'>,
  ): Promise<boolean> {
    const row = await tx.one(
      `INSERT INTO passkeys (id, app_id, user_id, credential_id, public_key, algorithm, sign_count, user_verified,
         backup_eligible, backed_up, aaguid, transports, name)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (app_id, credential_id) DO NOTHING RETURNING id`,
      [
        passkey.id,
        passkey.appId,
        passkey.userId,
        passkey.credentialId,
        Buffer.from(passkey.publicKey),
        passkey.algorithm,
        passkey.signCount,
        passkey.userVerified,
        passkey.backupEligible,
        passkey.backedUp,
        passkey.aaguid,
        passkey.transports,
        passkey.name,
      ],
    );
    return row !== undefined;
  }

  /** The passkeys of a user, oldest first; suspect ones too. */
  async of(db: Tx | Database, appId: string, userId: string): Promise<Passkey[]> {
    return db.query<Passkey>(
      `SELECT ${COLUMNS} FROM passkeys WHERE app_id = $1 AND user_id = $2 ORDER BY created_at, id`,
      [appId, userId],
      'passkeys-of-user',
    );
  }

  async byCredential(db: Tx | Database, appId: string, credentialId: string): Promise<Passkey | undefined> {
    const [row] = await db.query<Passkey>(
      `SELECT ${COLUMNS} FROM passkeys WHERE app_id = $1 AND credential_id = $2`,
      [appId, credentialId],
      'passkey-by-credential',
    );
    return row;
  }

  async find(db: Tx | Database, appId: string, userId: string, id: string): Promise<Passkey | undefined> {
    const [row] = await db.query<Passkey>(
      `SELECT ${COLUMNS} FROM passkeys WHERE app_id = $1 AND user_id = $2 AND id = $3`,
      [appId, userId, id],
    );
    return row;
  }

  /**
   * Notes a use. False if the counter is not any more what it was when the assertion was looked at, or the passkey is
   * suspect or gone: of two assertions that count on from one counter, one holds.
   */
  async use(
    tx: Tx,
    { id, userId, signCount }: Pick<Passkey, 'id' | 'userId' | 'signCount'>,
    now: { signCount: number; backedUp: boolean; deviceId: string | null },
  ): Promise<boolean> {
    const row = await tx.one(
      `UPDATE passkeys SET sign_count = $4, backed_up = $5, last_used_at = clock_timestamp(),
         last_used_from = coalesce(${DEVICE.replace('$DEVICE', '$6')}, last_used_from)
       WHERE id = $1 AND user_id = $2 AND sign_count = $3 AND NOT suspect RETURNING id`,
      [id, userId, signCount, now.signCount, now.backedUp, now.deviceId],
    );
    return row !== undefined;
  }

  /** From now on it satisfies nothing; false if that was so before. */
  async markSuspect(tx: Tx, id: string): Promise<boolean> {
    const row = await tx.one(
      'UPDATE passkeys SET suspect = true WHERE id = $1 AND NOT suspect RETURNING id',
      [id],
    );
    return row !== undefined;
  }

  async rename(db: Database, appId: string, userId: string, id: string, name: string): Promise<boolean> {
    const rows = await db.query(
      'UPDATE passkeys SET name = $4 WHERE app_id = $1 AND user_id = $2 AND id = $3 RETURNING id',
      [appId, userId, id, name],
    );
    return rows.length > 0;
  }

  async delete(tx: Tx, appId: string, userId: string, id: string): Promise<boolean> {
    const row = await tx.one(
      'DELETE FROM passkeys WHERE app_id = $1 AND user_id = $2 AND id = $3 RETURNING id',
      [appId, userId, id],
    );
    return row !== undefined;
  }
}
