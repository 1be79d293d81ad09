import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** Hashes of clients' secrets: at most two of a client in force. Under {@link ClientWrites}' lock. */
@Injectable()
export class ClientSecretRepository {
  async add(tx: Tx, appId: string, clientId: string, hash: string): Promise<void> {
    await tx.query('INSERT INTO oidc_client_secrets (app_id, client_id, secret_hash) VALUES ($1, $2, $3)', [
      appId,
      clientId,
      hash,
    ]);
  }

  /** Lets the current secret end after `seconds`, and any that is ending already end now. Answers when, if there is one. */
  async end(tx: Tx, appId: string, clientId: string, seconds: number): Promise<Date | undefined> {
    await tx.query(
      `DELETE FROM oidc_client_secrets WHERE app_id = $1 AND client_id = $2 AND (expires_at IS NOT NULL OR $3 = 0)`,
      [appId, clientId, seconds],
    );
    const row = await tx.one<{ until: Date }>(
      `UPDATE oidc_client_secrets SET expires_at = clock_timestamp() + make_interval(secs => $3)
       WHERE app_id = $1 AND client_id = $2 RETURNING expires_at AS until`,
      [appId, clientId, seconds],
    );
    return row?.until;
  }
}
