import { type Database, quoteIdentifier } from '@countersign/persistence';
import { generateKeyPair, type PublicJwk, type SigningKey } from './keys.ts';
import type { Vault } from './vault.ts';

interface Row {
  kid: string;
  sealed: string;
}

export interface ApplicationKeysOptions {
  database: Database;
  vault: Vault;
  /** With the columns kid, app_id, public_jwk, sealed_private_jwk, status, created_at, and one `active` an application. */
  table: string;
  /** `decision-key`: sealed with the key, so that a key of one purpose opens for no other. */
  purpose: string;
}

/**
 * Applications' signing keys for one purpose: Ed25519, one active, the private half sealed at rest with purpose,
 * application and key id as context, so that a row copied to another application does not open.
 */
export class ApplicationKeys {
  private readonly current = new Map<string, Promise<SigningKey>>();
  private readonly table: string;

  constructor(private readonly options: ApplicationKeysOptions) {
    this.table = quoteIdentifier(options.table);
  }

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

  /** Public keys that verify what the application signs for this purpose, the newest first. */
  async publicKeys(appId: string): Promise<PublicJwk[]> {
    await this.signingKey(appId);
    const rows = await this.options.database.query<{ jwk: PublicJwk }>(
      `SELECT public_jwk AS jwk FROM ${this.table} WHERE app_id = $1 ORDER BY created_at DESC`,
      [appId],
    );
    return rows.map((row) => row.jwk);
  }

  private async loadOrMake(appId: string): Promise<SigningKey> {
    const { kid, sealed } = (await this.load(appId)) ?? (await this.make(appId));
    const privateJwk = JSON.parse(this.options.vault.open(sealed, this.context(appId, kid)));
    return { kid, alg: 'EdDSA', privateJwk };
  }

  private async load(appId: string): Promise<Row | undefined> {
    const [row] = await this.options.database.query<Row>(
      `SELECT kid, sealed_private_jwk AS sealed FROM ${this.table} WHERE app_id = $1 AND status = 'active'`,
      [appId],
    );
    return row;
  }

  private async make(appId: string): Promise<Row> {
    const { kid, publicJwk, privateJwk } = await generateKeyPair('EdDSA');
    await this.options.database.query(
      `INSERT INTO ${this.table} (kid, app_id, public_jwk, sealed_private_jwk, status)
       VALUES ($1, $2, $3, $4, 'active') ON CONFLICT DO NOTHING`,
      [
        kid,
        appId,
        JSON.stringify({ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }),
        this.options.vault.seal(JSON.stringify(privateJwk), this.context(appId, kid)),
      ],
    );
    const row = await this.load(appId);
    if (!row) throw new Error(`no active key in ${this.table}`);
    return row;
  }

  private context(appId: string, kid: string): string {
    return `${this.options.purpose}:${appId}:${kid}`;
  }
}
