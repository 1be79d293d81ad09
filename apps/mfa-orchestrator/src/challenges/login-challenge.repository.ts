import type { GivenProof } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import type { Database, Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { FlowEnds } from '../flows/flow-ends.repository.ts';
import { flowEvent } from '../flows/flow.events.ts';
import type { Proof, ShownProof } from '../flows/proof.types.ts';
import { givenProofs, type PasskeyProofRow } from './given-proofs.decide.ts';

/** What makes a login challenge one of its kind: a repeat of the demand finds it by this. */
export interface LoginDemand {
  userId: string;
  loginId: string;
  requires: string;
}

/** What oidc-broker demanded for logins, and what they had shown by then. */
@Injectable()
export class LoginChallengeRepository {
  constructor(
    private readonly flows: FlowEnds,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** The challenge of that demand; the caller holds the user's row. */
  async find(tx: Tx, { userId, loginId, requires }: LoginDemand): Promise<string | undefined> {
    const row = await tx.one<{ id: string }>(
      'SELECT challenge_id AS id FROM login_challenges WHERE user_id = $1 AND login_id = $2 AND requires = $3',
      [userId, loginId, requires],
    );
    return row?.id;
  }

  /** Keeps what was shown before, for the flows that begin from now on. */
  async keep(tx: Tx, challengeId: string, demand: LoginDemand, given: GivenProof[]): Promise<void> {
    const { userId, loginId, requires } = demand;
    await tx.query(
      `INSERT INTO login_challenges (challenge_id, user_id, login_id, requires, given) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (challenge_id) DO UPDATE SET given = excluded.given`,
      [challengeId, userId, loginId, requires, JSON.stringify(given)],
    );
  }

  /**
   * Begins the challenge's flow anew: earlier ones of the same login end, and what was shown before it stands in this one
   * too. A page that is begun once more leaves nothing open that would count against its user.
   */
  async takeOver(
    tx: Tx,
    challenge: { id: string; appId: string; userId: string },
  ): Promise<(Proof & { authenticatedAt: Date })[]> {
    const left = await this.flows.endOpenOfChallenge(tx, challenge.id);
    await this.outbox.append(
      tx,
      left.map((flow) => flowEvent('mfa.flow.expired.v1', flow)),
    );
    const row = await tx.one<{ given: GivenProof[] }>(
      'SELECT given FROM login_challenges WHERE challenge_id = $1',
      [challenge.id],
    );
    const proofs = await this.proofsOf(tx, challenge, row?.given ?? []);
    return proofs.flatMap(({ shownAt: _, authenticatedAt, ...proof }) =>
      authenticatedAt === null ? [] : [{ ...proof, authenticatedAt }],
    );
  }

  /** Ends the user's oldest flow of such a login, so that another one may begin; false if there is none. */
  async makeRoom(tx: Tx, userId: string): Promise<boolean> {
    const left = await this.flows.endOldestOfLogins(tx, userId);
    if (left) await this.outbox.append(tx, [flowEvent('mfa.flow.expired.v1', left)]);
    return left !== undefined;
  }

  /** What was given, as proofs. A passkey counts while the user has it, by a login of theirs that ended well. */
  async proofsOf(
    db: Tx | Database,
    { appId, userId }: { appId: string; userId: string },
    given: GivenProof[],
  ): Promise<ShownProof[]> {
    const flowIds = given.flatMap((one) => (one.factor === 'passkey' ? [one.flowId] : []));
    const rows =
      flowIds.length === 0
        ? []
        : await db.query<PasskeyProofRow>(
            `SELECT p.flow_id AS "flowId", p.reference, p.acr, p.amr, p.categories, p.shown_at AS "shownAt"
             FROM proofs p JOIN flows f ON f.id = p.flow_id
             WHERE f.id = ANY($1::uuid[]) AND f.app_id = $2 AND f.user_id = $3 AND f.status = 'completed'
               AND f.context = 'login' AND p.factor = 'passkey' AND p.authenticated_at IS NULL AND EXISTS (
                 SELECT 1 FROM passkeys k WHERE k.user_id = $3 AND NOT k.suspect AND 'passkey:' || k.id = p.reference)`,
            [flowIds, appId, userId],
          );
    return givenProofs(given, rows, this.clock.now());
  }
}
