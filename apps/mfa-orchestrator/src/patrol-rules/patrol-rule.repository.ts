import { Injectable } from '@nestjs/common';
import { uuidv7 } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import type { PatrolRule, PatrolRuleDefinition } from './patrol-rule.schemas.ts';

interface Row {
  id: string;
  definition: PatrolRuleDefinition;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = 'id, definition, version, created_at AS "createdAt", updated_at AS "updatedAt"';

const toRule = ({ definition, createdAt, updatedAt, ...row }: Row): PatrolRule => ({
  ...definition,
  ...row,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

/** Patrol rules of applications. */
@Injectable()
export class PatrolRuleRepository {
  constructor(private readonly database: Database) {}

  /** The rules in force. Read each time: a changed rule holds from the moment its answer arrived, everywhere. */
  async enabled(db: Tx | Database, appId: string): Promise<PatrolRule[]> {
    const rows = await db.query<Row>(
      `SELECT ${COLUMNS} FROM patrol_rules WHERE app_id = $1 AND enabled ORDER BY created_at, id`,
      [appId],
      'enabled-rules',
    );
    return rows.map(toRule);
  }

  async list(appId: string, limit: number, after: string | undefined): Promise<PatrolRule[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM patrol_rules WHERE app_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [appId, after ?? null, limit],
    );
    return rows.map(toRule);
  }

  async find(db: Tx | Database, appId: string, id: string): Promise<PatrolRule | undefined> {
    const [row] = await db.query<Row>(`SELECT ${COLUMNS} FROM patrol_rules WHERE app_id = $1 AND id = $2`, [
      appId,
      id,
    ]);
    return row && toRule(row);
  }

  /** Inserts a rule; undefined if the application has one of that name. */
  async insert(tx: Tx, appId: string, definition: PatrolRuleDefinition): Promise<PatrolRule | undefined> {
    const row = await tx.one<Row>(
      `INSERT INTO patrol_rules (id, app_id, name, definition, enabled) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (app_id, name) DO NOTHING RETURNING ${COLUMNS}`,
      [uuidv7(), appId, definition.name, JSON.stringify(definition), definition.enabled],
    );
    return row && toRule(row);
  }

  /** Replaces a rule's definition; undefined if the new name is another rule's. */
  async replace(
    tx: Tx,
    appId: string,
    id: string,
    definition: PatrolRuleDefinition,
  ): Promise<PatrolRule | undefined> {
    const row = await tx.one<Row>(
      `UPDATE patrol_rules SET name = $3, definition = $4, enabled = $5, version = version + 1,
         updated_at = clock_timestamp()
       WHERE app_id = $1 AND id = $2
         AND NOT EXISTS (SELECT 1 FROM patrol_rules WHERE app_id = $1 AND name = $3 AND id <> $2)
       RETURNING ${COLUMNS}`,
      [appId, id, definition.name, JSON.stringify(definition), definition.enabled],
    );
    return row && toRule(row);
  }

  async delete(appId: string, id: string): Promise<boolean> {
    const rows = await this.database.query(
      'DELETE FROM patrol_rules WHERE app_id = $1 AND id = $2 RETURNING id',
      [appId, id],
    );
    return rows.length > 0;
  }

  /** Names of the application's rules that require `policy`. */
  async requiring(tx: Tx, appId: string, policy: string): Promise<string[]> {
    const rows = await tx.query<{ name: string }>(
      `SELECT name FROM patrol_rules WHERE app_id = $1 AND definition->>'requires' = $2`,
      [appId, policy],
    );
    return rows.map((row) => row.name);
  }
}
