import { Believed } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { InjectConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { OidcBrokerConfig } from '../config.ts';
import { ADMIN_CLIENT_ID, builtInClient } from './built-in.ts';
import { CLIENT_ID, type ClientKind, type ClientSettings, type OidcClient } from './client.types.ts';

interface Row {
  appId: string;
  clientId: string;
  kind: ClientKind;
  settings: ClientSettings;
  secretHashes: string[];
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = `c.app_id AS "appId", c.client_id AS "clientId", c.kind, c.settings,
  ARRAY(SELECT s.secret_hash FROM oidc_client_secrets s
        WHERE s.app_id = c.app_id AND s.client_id = c.client_id
          AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
        ORDER BY s.created_at DESC) AS "secretHashes",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt"`;

/** Most clients whose settings are kept at hand. */
const AT_HAND = 5000;

/** Clients of applications, and the one that is always there: see {@link builtInClient}. */
@Injectable()
export class ClientRepository {
  private readonly believed = new Believed<OidcClient>((id) => this.ask(id), { most: AT_HAND });

  constructor(
    private readonly database: Database,
    @InjectConfig() private readonly config: OidcBrokerConfig,
  ) {}

  /**
   * The client, as it was at most half a second ago; at once after a change in this process. For requests of the protocol;
   * the answer is shared and must not be changed.
   */
  async find(appId: string, clientId: string): Promise<OidcClient | undefined> {
    // what is no id of ours is no question for the database (and NUL would be a fault there)
    if (!CLIENT_ID.test(clientId)) return undefined;
    return builtInClient(this.config, appId, clientId) ?? this.believed.get(`${appId} ${clientId}`);
  }

  /** The client as it is. */
  async read(
    appId: string,
    clientId: string,
    on: Pick<Database, 'query'> = this.database,
  ): Promise<OidcClient | undefined> {
    const builtIn = builtInClient(this.config, appId, clientId);
    if (builtIn) return builtIn;
    const [row] = await on.query<Row>(
      `SELECT ${COLUMNS} FROM oidc_clients c WHERE c.app_id = $1 AND c.client_id = $2`,
      [appId, clientId],
      'oidc-client',
    );
    return row && clientOf(row);
  }

  /** Up to `limit` clients by id, from the first after `after`. */
  async list(appId: string, after: string | undefined, limit: number): Promise<OidcClient[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM oidc_clients c WHERE c.app_id = $1 AND ($2::text IS NULL OR c.client_id > $2)
       ORDER BY c.client_id LIMIT $3`,
      [appId, after ?? null, limit],
    );
    const found = rows.map(clientOf);
    const builtIn = builtInClient(this.config, appId, ADMIN_CLIENT_ID);
    if (!builtIn || (after !== undefined && builtIn.clientId <= after)) return found;
    // in its place among the others: by code points, as the column's collation has it
    return [...found, builtIn].sort((a, b) => (a.clientId < b.clientId ? -1 : 1)).slice(0, limit);
  }

  /** Until the transaction ends, nobody else changes the application's clients and scopes. */
  async lock(tx: Tx, appId: string): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`oidc-clients:${appId}`]);
  }

  /** How many the application has. */
  async count(tx: Tx, appId: string): Promise<number> {
    const row = await tx.one<{ n: number }>('SELECT count(*)::int AS n FROM oidc_clients WHERE app_id = $1', [
      appId,
    ]);
    return row?.n ?? 0;
  }

  /** Whether a client of the application may ask for that scope. */
  async anyWithScope(tx: Tx, appId: string, scope: string): Promise<boolean> {
    const row = await tx.one<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM oidc_clients WHERE app_id = $1 AND settings -> 'scopes' ? $2) AS found`,
      [appId, scope],
    );
    return row?.found === true;
  }

  /** False if there is one of that id. */
  async insert(
    tx: Tx,
    client: Pick<OidcClient, 'appId' | 'clientId' | 'kind'> & { settings: ClientSettings },
  ): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO oidc_clients (app_id, client_id, kind, settings) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING 1 AS one`,
      [client.appId, client.clientId, client.kind, JSON.stringify(client.settings)],
    );
    return rows.length === 1;
  }

  async update(tx: Tx, appId: string, clientId: string, settings: ClientSettings): Promise<void> {
    await tx.query(
      `UPDATE oidc_clients SET settings = $3, updated_at = clock_timestamp() WHERE app_id = $1 AND client_id = $2`,
      [appId, clientId, JSON.stringify(settings)],
    );
  }

  /** With its secrets. */
  async delete(tx: Tx, appId: string, clientId: string): Promise<void> {
    await tx.query('DELETE FROM oidc_clients WHERE app_id = $1 AND client_id = $2', [appId, clientId]);
  }

  /** For whoever changed one: the next question is asked of the database. */
  forget(): void {
    this.believed.forget();
  }

  private ask(id: string): Promise<OidcClient | undefined> {
    const space = id.indexOf(' ');
    return this.read(id.slice(0, space), id.slice(space + 1));
  }
}

const clientOf = ({ settings, ...row }: Row): OidcClient => ({ ...settings, ...row });
