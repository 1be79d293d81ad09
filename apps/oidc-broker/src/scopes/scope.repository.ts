import { Believed } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { MfaDemand } from '../clients/client.types.ts';
import { BUILT_IN_SCOPES, type OidcScope } from './scope.types.ts';

/** What is set of a scope. */
export interface ScopeRow {
  name: string;
  /** Null of a built-in one, whose demand alone is set. */
  description: string | null;
  claims: string[];
  mfa: MfaDemand | null;
}

/** Scopes of applications: the protocol's own, and what each adds. */
@Injectable()
export class ScopeRepository {
  private readonly believed = new Believed<OidcScope[]>((appId) => this.read(appId));

  constructor(private readonly database: Database) {}

  /**
   * All scopes of the application, the protocol's own first, as they were at most half a second ago; at once after a
   * change in this process. The answer is shared and must not be changed.
   */
  async list(appId: string): Promise<OidcScope[]> {
    return (await this.believed.get(appId)) ?? [];
  }

  /** The same as they are now. */
  async read(appId: string, on: Pick<Database, 'query'> = this.database): Promise<OidcScope[]> {
    const rows = await on.query<ScopeRow>(
      'SELECT name, description, claims, mfa FROM oidc_scopes WHERE app_id = $1 ORDER BY name',
      [appId],
      'oidc-scopes',
    );
    const set = new Map(rows.map((row) => [row.name, row]));
    const builtIn = BUILT_IN_SCOPES.map((scope) => withDemand(scope, set.get(scope.name)?.mfa));
    const own = rows.flatMap((row) => {
      if (row.description === null) return [];
      const { name, description, claims, mfa } = row;
      return [withDemand({ name, description, claims, builtIn: false }, mfa)];
    });
    return [...builtIn, ...own];
  }

  async put(tx: Tx, appId: string, { name, description, claims, mfa }: ScopeRow): Promise<void> {
    await tx.query(
      `INSERT INTO oidc_scopes (app_id, name, description, claims, mfa) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (app_id, name) DO UPDATE SET description = excluded.description, claims = excluded.claims,
         mfa = excluded.mfa, updated_at = clock_timestamp()`,
      [appId, name, description, claims, mfa && JSON.stringify(mfa)],
    );
  }

  async delete(tx: Tx, appId: string, name: string): Promise<void> {
    await tx.query('DELETE FROM oidc_scopes WHERE app_id = $1 AND name = $2', [appId, name]);
  }

  /** For whoever changed one: the next question is asked of the database. */
  forget(): void {
    this.believed.forget();
  }
}

const withDemand = (scope: OidcScope, mfa: MfaDemand | null | undefined): OidcScope =>
  mfa ? { ...scope, mfa } : scope;
