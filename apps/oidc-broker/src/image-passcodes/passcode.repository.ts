import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { GridSize } from './grids.decide.ts';
import type { History, SettingSince } from './shown.decide.ts';

/** A user's passcode; without `verifier` one that was removed. */
export interface KeptPasscode {
  userId: string;
  generation: number;
  rounds: number;
  gridSize: GridSize;
  verifier: string | null;
  enrolledAt: Date;
  usedAt: Date | null;
  movedAt: Date | null;
}

/** What decides on the grids of a name. */
export interface Standing {
  kept: KeptPasscode | undefined;
  history: History;
}

/** An application's row while it is held. */
export interface HeldHistory extends History {
  /** Users who have, or had, a passcode. */
  known: number;
}

const COLUMNS = `p.user_id AS "userId", p.generation, p.rounds, p.grid_size AS "gridSize", p.verifier,
  p.enrolled_at AS "enrolledAt", p.used_at AS "usedAt", p.moved_at AS "movedAt"`;

type On = Pick<Database, 'query'>;

@Injectable()
export class PasscodeRepository {
  constructor(private readonly database: Database) {}

  /** What decides on the grids of a name: the same statement, whoever it is or is not. */
  async standing(appId: string, usernameKey: string, on: On = this.database): Promise<Standing> {
    const [row] = await on.query<
      { [K in keyof KeptPasscode]: KeptPasscode[K] | null } & Partial<History> & { found: boolean }
    >(
      `SELECT ${COLUMNS}, p.user_id IS NOT NULL AS found, a.turnover, a.settings
       FROM (SELECT 1) AS one
       LEFT JOIN image_passcodes p ON p.app_id = $1 AND p.username_key = $2
       LEFT JOIN image_passcode_apps a ON a.app_id = $1`,
      [appId, usernameKey],
      'image-passcode-standing',
    );
    const { found, turnover, settings, ...kept } = row!;
    return {
      kept: found ? (kept as KeptPasscode) : undefined,
      history: { turnover: turnover ?? 0, settings: settings ?? [] },
    };
  }

  /** One that holds. */
  async find(appId: string, userId: string): Promise<KeptPasscode | undefined> {
    const [row] = await this.database.query<KeptPasscode>(
      `SELECT ${COLUMNS} FROM image_passcodes p
       WHERE p.app_id = $1 AND p.user_id = $2 AND p.verifier IS NOT NULL`,
      [appId, userId],
      'image-passcode-of-user',
    );
    return row;
  }

  /** Notes that it was shown. False if it is not the user's any more (ST-17). */
  async use(appId: string, userId: string, verifier: string): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE image_passcodes SET used_at = clock_timestamp()
       WHERE app_id = $1 AND user_id = $2 AND verifier = $3 RETURNING user_id`,
      [appId, userId, verifier],
      'use-image-passcode',
    );
    return rows.length === 1;
  }

  /** Holds the application's settings: enrolments and changes of them are one after the other. */
  async hold(tx: Tx, appId: string): Promise<HeldHistory> {
    await tx.query('INSERT INTO image_passcode_apps (app_id) VALUES ($1) ON CONFLICT DO NOTHING', [appId]);
    const held = await tx.one<HeldHistory>(
      'SELECT known, turnover, settings FROM image_passcode_apps WHERE app_id = $1 FOR UPDATE',
      [appId],
    );
    return held!;
  }

  async saveHistory(tx: Tx, appId: string, { known, turnover, settings }: HeldHistory): Promise<void> {
    await tx.query(
      'UPDATE image_passcode_apps SET known = $2, turnover = $3, settings = $4::jsonb WHERE app_id = $1',
      [appId, known, turnover, JSON.stringify(settings satisfies readonly SettingSince[])],
    );
  }

  /** Keeps a new passcode. `moves`: it counts for the turnover. */
  async put(
    tx: Tx,
    appId: string,
    passcode: Pick<KeptPasscode, 'userId' | 'generation' | 'rounds' | 'gridSize'> & {
      usernameKey: string;
      verifier: string;
      moves: boolean;
    },
  ): Promise<void> {
    const { userId, usernameKey, generation, rounds, gridSize, verifier, moves } = passcode;
    await tx.query(
      `INSERT INTO image_passcodes (app_id, user_id, username_key, generation, rounds, grid_size, verifier, moved_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN clock_timestamp() END)
       ON CONFLICT (app_id, user_id) DO UPDATE SET username_key = excluded.username_key,
         generation = excluded.generation, rounds = excluded.rounds, grid_size = excluded.grid_size,
         verifier = excluded.verifier, enrolled_at = clock_timestamp(), used_at = NULL,
         moved_at = coalesce(excluded.moved_at, image_passcodes.moved_at)`,
      [appId, userId, usernameKey, generation, rounds, gridSize, verifier, moves],
    );
  }

  /** Its grids stay: see shown.decide. False if there was none. */
  async remove(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE image_passcodes SET verifier = NULL, used_at = NULL
       WHERE app_id = $1 AND user_id = $2 AND verifier IS NOT NULL RETURNING user_id`,
      [appId, userId],
    );
    return rows.length === 1;
  }

  /** Everything of a user; answers the name that their grids were dealt by. */
  async forget(tx: Tx, appId: string, userId: string): Promise<string | undefined> {
    const gone = await tx.one<{ usernameKey: string }>(
      `DELETE FROM image_passcodes WHERE app_id = $1 AND user_id = $2 RETURNING username_key AS "usernameKey"`,
      [appId, userId],
    );
    if (!gone) return undefined;
    await tx.query('UPDATE image_passcode_apps SET known = known - 1 WHERE app_id = $1', [appId]);
    return gone.usernameKey;
  }
}
