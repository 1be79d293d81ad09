import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { BUILT_IN_POLICY, type Policy, type PolicyDefinition } from './policy.schemas.ts';

interface Row {
  name: string;
  version: number;
  definition: PolicyDefinition;
}

const toPolicy = ({ definition, ...row }: Row): Policy => ({ ...definition, ...row, builtIn: false });

/** Named policies of applications; the built-in one stands for the name `external` until the application writes it. */
@Injectable()
export class PolicyRepository {
  constructor(private readonly database: Database) {}

  /** The current policies of those names, in their order; names that do not exist are left out. */
  async named(db: Tx | Database, appId: string, names: string[]): Promise<Policy[]> {
    const rows = await db.query<Row>(
      'SELECT name, version, definition FROM policies WHERE app_id = $1 AND name = ANY($2)',
      [appId, names],
    );
    const own = new Map(rows.map((row) => [row.name, toPolicy(row)]));
    return names.flatMap((name) => own.get(name) ?? (name === BUILT_IN_POLICY.name ? [BUILT_IN_POLICY] : []));
  }

  async list(appId: string): Promise<Policy[]> {
    const rows = await this.database.query<Row>(
      'SELECT name, version, definition FROM policies WHERE app_id = $1 ORDER BY name LIMIT 1000',
      [appId],
    );
    const own = rows.map(toPolicy);
    return own.some((policy) => policy.name === BUILT_IN_POLICY.name) ? own : [BUILT_IN_POLICY, ...own];
  }

  /** Writes a policy, as a new version where one of that name exists. */
  async put(db: Tx | Database, appId: string, name: string, definition: PolicyDefinition): Promise<Policy> {
    const [row] = await db.query<Row>(
      `INSERT INTO policies (app_id, name, definition) VALUES ($1, $2, $3)
       ON CONFLICT (app_id, name) DO UPDATE SET definition = excluded.definition, version = policies.version + 1,
         updated_at = clock_timestamp()
       RETURNING name, version, definition`,
      [appId, name, JSON.stringify(definition)],
    );
    return toPolicy(row!);
  }

  async delete(tx: Tx, appId: string, name: string): Promise<boolean> {
    const rows = await tx.query('DELETE FROM policies WHERE app_id = $1 AND name = $2 RETURNING name', [
      appId,
      name,
    ]);
    return rows.length > 0;
  }
}
