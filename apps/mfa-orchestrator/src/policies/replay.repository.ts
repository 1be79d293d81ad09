import type { MfaContext } from '@countersign/contracts';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { type ProofJson, proofsJson, toProof } from '../flows/proof.repository.ts';
import type { EnrolledFactor } from '../flows/proof.types.ts';
import type { PastFlow } from './replay.decide.ts';

interface Row {
  flowId: string;
  username: string;
  startedAt: Date;
  completed: boolean;
  context: MfaContext;
  deviceTrusted: boolean;
  failed: string[];
  at: Date;
  enrolled: EnrolledFactor[];
  proofs: ProofJson[];
}

/** Flows that have shown something and ended, with what they were decided on. */
@Injectable()
export class ReplayRepository {
  constructor(private readonly database: Database) {}

  /** The latest `limit` flows decided under `policy`, begun since; latest first. */
  async past(appId: string, policy: string, since: Date, limit: number): Promise<PastFlow[]> {
    const rows = await this.database.query<Row>(
      `SELECT f.id AS "flowId", f.username, f.started_at AS "startedAt",
         f.status IN ('completing', 'completed') AS completed, f.context, f.device_trusted AS "deviceTrusted",
         f.failed_factors AS failed, f.stepped_at AS at, f.recorded->'enrolled' AS enrolled,
         ${proofsJson('f.id')} AS proofs
       FROM flows f
       WHERE f.app_id = $1 AND f.recorded IS NOT NULL AND f.recorded->'policies' ? $2 AND f.started_at >= $3
         AND f.status <> 'open' AND f.username <> ''
       ORDER BY f.started_at DESC LIMIT $4`,
      [appId, policy, since, limit],
    );
    return rows.map((row) => ({
      flowId: row.flowId,
      username: row.username,
      startedAt: row.startedAt,
      completed: row.completed,
      facts: {
        context: row.context,
        proofs: row.proofs.map(toProof),
        enrolled: row.enrolled,
        failed: row.failed,
        deviceTrusted: row.deviceTrusted,
        absent: [],
        down: [],
        concealed: false,
        anonymous: false,
        now: row.at,
      },
    }));
  }
}
