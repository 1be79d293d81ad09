import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { CarriedProof } from './otp.types.ts';

/** What a login showed, for a code that carries it to another device. */
@Injectable()
export class CarriedProofs {
  constructor(private readonly database: Database) {}

  /** The factors shown in a completed login flow of this user; none where there is no such flow. */
  async of(appId: string, userId: string, flowId: string): Promise<CarriedProof[]> {
    return this.database.query<CarriedProof>(
      `SELECT p.factor, p.reference, p.acr, p.amr, p.categories,
         coalesce(p.authenticated_at, p.shown_at) AS "authenticatedAt"
       FROM proofs p JOIN flows f ON f.id = p.flow_id
       WHERE f.id = $1 AND f.app_id = $2 AND f.user_id = $3 AND f.context = 'login'
         AND f.status IN ('completing', 'completed') AND p.factor NOT LIKE '%:enrol' AND p.factor <> 'passkey:reg'
       ORDER BY p.shown_at`,
      [flowId, appId, userId],
    );
  }
}
