import { accept, randomToken, refuse, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Notices } from '../contacts/notices.ts';
import type { StepAnswer } from '../flows/flow-answers.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { FlowSessions } from '../flows/flow-session.ts';
import type { Flow } from '../flows/flow.types.ts';
import { ProofStep } from '../flows/proof-step.service.ts';
import { FactorChanges } from '../users/factor-changes.ts';
import { enrolmentProof, possessionProof } from '../users/factor-proof.decide.ts';
import { UserRepository } from '../users/user.repository.ts';
import { type KeptCode, RecoveryCodeRepository } from './recovery-code.repository.ts';
import type { RecoveryEnrolment } from './recovery-code.schemas.ts';
import { CODES, hashCode, makeCode, matching, tidyCode } from './recovery-code.ts';

/** Look-up secrets for whoever lost everything else (NIST SP 800-63B-4 §3.1.2). */
@Injectable()
export class RecoveryCodeService {
  private readonly pepper: Uint8Array;

  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly codes: RecoveryCodeRepository,
    private readonly users: UserRepository,
    private readonly sessions: FlowSessions,
    private readonly changes: FactorChanges,
    private readonly notices: Notices,
    @InjectClock() private readonly clock: Clock,
    vault: Vault,
  ) {
    this.pepper = vault.derive('recovery-codes');
  }

  /**
   * A new set for this flow, where enrolment is what the flow offers now. Nobody can show it a second time: asked
   * again, there is another one. The set that the user has stays good until the new one is confirmed (SES-02).
   */
  async request(match: SessionMatch): Promise<Decision<RecoveryEnrolment>> {
    const offered = await this.steps.offered(match, 'recovery:enrol');
    if (!offered.ok) return offered;
    const { id: flowId, appId, userId, version } = offered.value;
    const codes = Array.from({ length: CODES }, makeCode);
    const setId = uuidv7(this.clock);
    const rows = codes.map((code) => this.keptAs(setId, code));
    const kept = await this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, userId))) return false;
      await this.codes.keep(tx, { appId, userId, flowId }, rows);
      return true;
    });
    if (!kept) return refuse('mfa/session-invalid');
    return accept({ session: this.sessions.of(flowId, version).token, codes });
  }

  /** Confirms the flow's set by one of its codes, which stays good: whoever can type one has kept them. */
  enrol(match: SessionMatch, step: string, code: string): Promise<Decision<StepAnswer>> {
    return this.steps.show(match, step, {
      shows: 'recovery:enrol',
      guess: true,
      look: async (flow) => {
        await this.notices.prepare(flow.appId);
        const found = matching(this.pepper, await this.codes.pendingOf(flow.userId, flow.id), code);
        if (!found) return undefined;
        return {
          proof: enrolmentProof('recovery:enrol', found.setId),
          effect: (tx, inFlow) => this.confirm(tx, inFlow, found.setId),
        };
      },
    });
  }

  /** Shows a code, which is used up with it; the user is told. */
  verify(match: SessionMatch, step: string, code: string): Promise<Decision<StepAnswer>> {
    return this.steps.show(match, step, {
      shows: 'recovery',
      guess: true,
      look: async (flow) => {
        await this.notices.prepare(flow.appId);
        const found = matching(this.pepper, await this.codes.unusedOf(flow.userId), code);
        if (!found) return undefined;
        return {
          proof: possessionProof('recovery', found.id),
          effect: (tx, inFlow) => this.use(tx, inFlow, found),
        };
      },
    });
  }

  private keptAs(setId: string, code: string): KeptCode {
    const salt = randomToken(16);
    return { id: uuidv7(this.clock), setId, salt, codeHash: hashCode(this.pepper, salt, tidyCode(code)) };
  }

  private async confirm(tx: Tx, flow: Flow, setId: string): Promise<boolean> {
    const confirmed = await this.codes.confirm(tx, { setId, userId: flow.userId, flowId: flow.id });
    if (!confirmed) return false;
    await this.changes.confirmed(tx, flow, { kind: 'recovery', id: setId, ...confirmed });
    await this.notices.tell(tx, flow, 'recovery-codes-made');
    return true;
  }

  private async use(tx: Tx, { id: flowId, appId, userId }: Flow, code: KeptCode): Promise<boolean> {
    const left = await this.codes.use(tx, code, userId, flowId);
    if (left === undefined) return false;
    await this.notices.tell(tx, { appId, userId }, 'recovery-code-used', { codesLeft: left });
    return true;
  }
}
