import { Injectable } from '@nestjs/common';
import { Database } from '@countersign/persistence';
import { generateKeyPair, type PublicJwk, type SigningKey, Vault } from '@countersign/security';

interface Row {
  kid: string;
  sealed: string;
}

/**
 * An application's keys for decisions: Ed25519, one active, the private half sealed at rest with the application and
 * key id as context, so that a row copied to another application does not open.
 */
@Injectable()
export class DecisionKeys {
  private readonly current = new Map<string, Promise<SigningKey>>();

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** The application's signing key, made on first use (several instances at once make one). */
  signingKey(appId: string): Promise<SigningKey> {
    let key = this.current.get(appId);
    if (!key) {
      key = this.loadOrMake(appId);
      key.catch(() => this.current.delete(appId));
      this.current.set(appId, key);
    }
    return key;
  }

  /** Public keys that verify the application's decisions. */
  async publicKeys(appId: string): Promise<PublicJwk[]> {
    await this.signingKey(appId);
    const rows = await this.database.query<{ jwk: PublicJwk }>(
      'SELECT public_jwk AS jwk FROM decision_keys WHERE app_id = $1 ORDER BY created_at DESC',
      [appId],
    );
    return rows.map((row) => row.jwk);
  }

  private async loadOrMake(appId: string): Promise<SigningKey> {
    const row = (await this.load(appId)) ?? (await this.make(appId));
    return {
      kid: row.kid,
      alg: 'EdDSA',
      privateJwk: JSON.parse(this.vault.open(row.sealed, context(appId, row.kid))),
    };
  }

  private async load(appId: string): Promise<Row | undefined> {
    const [row] = await this.database.query<Row>(
      `SELECT kid, sealed_private_jwk AS sealed FROM decision_keys WHERE app_id = $1 AND status = 'active'`,
      [appId],
    );
    return row;
  }

  private async make(appId: string): Promise<Row> {
    const { kid, publicJwk, privateJwk } = await generateKeyPair('EdDSA');
    await this.database.query(
      `INSERT INTO decision_keys (kid, app_id, public_jwk, sealed_private_jwk, status)
       VALUES ($1, $2, $3, $4, 'active') ON CONFLICT DO NOTHING`,
      [
        kid,
        appId,
        JSON.stringify({ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }),
        this.vault.seal(JSON.stringify(privateJwk), context(appId, kid)),
      ],
    );
    const row = await this.load(appId);
    if (!row) throw new Error('no active decision key');
    return row;
  }
}

const context = (appId: string, kid: string): string => `decision-key:${appId}:${kid}`;
