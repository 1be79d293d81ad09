import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { BUILT_IN_POLICIES, builtInPolicy } from './built-in-policies.ts';
import type { Policy, PolicyDefinition } from './policy.schemas.ts';

/** A policy as its row has it. */
export interface PolicyRow {
  name: string;
  version: number;
  definition: PolicyDefinition;
}

const toPolicy = ({ definition, ...row }: PolicyRow): Policy => ({ ...definition, ...row, builtIn: false });

/** The policies of those names out of rows, built-in ones where there is no row; names that do not exist are left out. */
export function policiesNamed(rows: PolicyRow[], names: string[]): Policy[] {
  const own = new Map(rows.map((row) => [row.name, toPolicy(row)]));
  return names.flatMap((name) => own.get(name) ?? builtInPolicy(name) ?? []);
}

/** Named policies of applications, every version kept; built-in ones stand for their names until one is written. */
@Injectable()
export class PolicyRepository {
  constructor(private readonly database: Database) {}

  /** The current policies of those names, in their order; names that do not exist are left out. */
  async named(db: Tx | Database, appId: string, names: string[]): Promise<Policy[]> {
    const rows = await db.query<PolicyRow>(
      'SELECT name, version, definition FROM policies WHERE app_id = $1 AND name = ANY($2)',
      [appId, names],
      'policies-by-name',
    );
    return policiesNamed(rows, names);
  }

  async list(appId: string): Promise<Policy[]> {
    const rows = await this.database.query<PolicyRow>(
      'SELECT name, version, definition FROM policies WHERE app_id = $1 ORDER BY name LIMIT 1000',
      [appId],
    );
    const own = rows.map(toPolicy);
    const names = new Set(own.map(({ name }) => name));
    return [...BUILT_IN_POLICIES.filter(({ name }) => !names.has(name)), ...own];
  }

  /** Writes a policy, as a new version where one of that name exists. */
  async put(db: Tx | Database, appId: string, name: string, definition: PolicyDefinition): Promise<Policy> {
    const [row] = await db.query<PolicyRow>(
      `WITH written AS (
         INSERT INTO policies (app_id, name, definition, version)
         VALUES ($1, $2, $3, 1 + coalesce(
           (SELECT max(version) FROM policy_versions WHERE app_id = $1 AND name = $2), 0))
         ON CONFLICT (app_id, name) DO UPDATE SET definition = excluded.definition, version = policies.version + 1,
           updated_at = clock_timestamp()
         RETURNING name, version, definition), kept AS (
         INSERT INTO policy_versions (app_id, name, version, definition)
         SELECT $1, name, version, definition FROM written)
       SELECT name, version, definition FROM written`,
      [appId, name, JSON.stringify(definition)],
    );
    return toPolicy(row!);
  }

  /** One version of a policy, however old; version 0 is the built-in one. */
  async version(appId: string, name: string, version: number): Promise<Policy | undefined> {
    if (version === 0) return builtInPolicy(name);
    const [row] = await this.database.query<PolicyRow>(
      'SELECT name, version, definition FROM policy_versions WHERE app_id = $1 AND name = $2 AND version = $3',
      [appId, name, version],
    );
    return row && toPolicy(row);
  }

  async delete(tx: Tx, appId: string, name: string): Promise<boolean> {
    const rows = await tx.query('DELETE FROM policies WHERE app_id = $1 AND name = $2 RETURNING name', [
      appId,
      name,
    ]);
    return rows.length > 0;
  }
}
