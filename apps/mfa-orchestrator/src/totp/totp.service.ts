import { randomBytes } from 'node:crypto';
import type { Application } from '@countersign/contracts';
import { accept, refuse, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { toDataURL } from 'qrcode';
import { Notices } from '../contacts/notices.ts';
import type { StepAnswer } from '../flows/flow-answers.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { FlowSessions } from '../flows/flow-session.ts';
import type { Flow } from '../flows/flow.types.ts';
import { ProofStep } from '../flows/proof-step.service.ts';
import { FactorChanges } from '../users/factor-changes.ts';
import { enrolmentProof, possessionProof } from '../users/factor-proof.decide.ts';
import { UserRepository } from '../users/user.repository.ts';
import { enrolmentOf, stepOf } from './totp.decide.ts';
import { TotpRepository, type TotpSecret } from './totp.repository.ts';
import type { TotpEnrolment } from './totp.schemas.ts';

/** Bytes of a secret: 160 bit (RFC 4226 §4 R6). */
const SECRET_BYTES = 20;
/** Compared with where there is no secret, so that the time taken does not tell (SES-07). */
const NO_SECRET = new Uint8Array(SECRET_BYTES);

/** Codes of authenticator apps (RFC 6238): enrolling an app, and showing a code. */
@Injectable()
export class TotpService {
  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly secrets: TotpRepository,
    private readonly users: UserRepository,
    private readonly sessions: FlowSessions,
    private readonly changes: FactorChanges,
    private readonly notices: Notices,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * The secret of this flow, where enrolment is what the flow offers now; asked again, the same one. The app that the
   * user has stays good until the new one is confirmed (SES-02).
   */
  async request(match: SessionMatch, application: Application): Promise<Decision<TotpEnrolment>> {
    const offered = await this.steps.offered(match, 'totp:enrol');
    if (!offered.ok) return offered;
    const { id: flowId, appId, userId, username, version } = offered.value;
    const pending = await this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, userId))) return undefined;
      const fresh = { id: uuidv7(this.clock), secret: Uint8Array.from(randomBytes(SECRET_BYTES)) };
      return this.secrets.pendingFor(tx, { appId, userId, flowId }, fresh);
    });
    if (!pending) return refuse('mfa/session-invalid');
    const { secret, uri } = enrolmentOf(pending.secret, application.name, username);
    const qr = await toDataURL(uri, { errorCorrectionLevel: 'M' });
    return accept({ session: this.sessions.of(flowId, version).token, secret, uri, qr });
  }

  /** Confirms the flow's secret by its first code: from now on it is the user's, instead of the one before. */
  enrol(match: SessionMatch, step: string, code: string): Promise<Decision<StepAnswer>> {
    return this.steps.show(match, step, {
      shows: 'totp:enrol',
      guess: true,
      look: async (flow) => {
        await this.notices.prepare(flow.appId);
        const pending = await this.secrets.pendingOf(flow.userId, flow.id);
        const at = this.check(pending, code);
        if (!pending || at === undefined) return undefined;
        return {
          proof: enrolmentProof('totp:enrol', pending.id),
          effect: (tx, inFlow) => this.confirm(tx, inFlow, pending.id, at),
        };
      },
    });
  }

  /** Shows a code. A time step is accepted once, on whichever node (RFC 6238 §5.2, OTP-10). */
  verify(match: SessionMatch, step: string, code: string): Promise<Decision<StepAnswer>> {
    return this.steps.show(match, step, {
      shows: 'totp',
      guess: true,
      look: async (flow) => {
        const own = await this.secrets.confirmedOf(flow.userId);
        const at = this.check(own, code);
        if (!own || at === undefined) return undefined;
        return {
          proof: possessionProof('totp', own.id),
          effect: (tx) => this.secrets.useStep(tx, own.id, at),
        };
      },
    });
  }

  private check(own: TotpSecret | undefined, code: string): number | undefined {
    const at = stepOf(own?.secret ?? NO_SECRET, code, this.clock.now());
    return own && at !== undefined && at > own.lastStep ? at : undefined;
  }

  private async confirm(tx: Tx, flow: Flow, id: string, at: number): Promise<boolean> {
    const confirmed = await this.secrets.confirm(tx, { id, userId: flow.userId, flowId: flow.id }, at);
    if (!confirmed) return false;
    await this.changes.confirmed(tx, flow, { kind: 'totp', id, ...confirmed });
    await this.notices.tell(tx, flow, 'totp-added');
    return true;
  }
}
