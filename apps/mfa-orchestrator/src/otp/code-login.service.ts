import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { type BeginCaller, newFlow } from '../flows/begin-facts.ts';
import { FlowEnds } from '../flows/flow-ends.repository.ts';
import { FlowSessions } from '../flows/flow-session.ts';
import { type FreshFlow, FlowStart } from '../flows/flow-start.service.ts';
import { flowEvent } from '../flows/flow.events.ts';
import { type Flow, UNPROVEN_FLOW_TTL_SECONDS } from '../flows/flow.types.ts';
import { ProofStep, type Shown } from '../flows/proof-step.service.ts';
import { ProofRepository } from '../flows/proof.repository.ts';
import { refused } from '../flows/refused.ts';
import type { JwtAnswer } from '../passkeys/passkey-api.schemas.ts';
import { jwtOf } from '../passkeys/passkey-sessions.ts';
import type { Shows } from '../policies/factors.ts';
import { UserRepository } from '../users/user.repository.ts';
import { DeviceCodes } from './device-codes.service.ts';
import { OtpCodes } from './otp-codes.ts';
import { otpProof } from './otp-steps.service.ts';
import type { RightCode } from './otp.types.ts';

/** A proof, and what it brings along. */
interface Brought {
  shows: Shows[];
  shown: Shown;
}

/** Completes a login by a right code, through a flow of its own, as far as policy lets it. */
@Injectable()
export class CodeLogins {
  constructor(
    private readonly database: Database,
    private readonly starts: FlowStart,
    private readonly sessions: FlowSessions,
    private readonly users: UserRepository,
    private readonly steps: ProofStep,
    private readonly ends: FlowEnds,
    private readonly contacts: ContactRepository,
    private readonly proofs: ProofRepository,
    private readonly codes: OtpCodes,
    private readonly deviceCodes: DeviceCodes,
    private readonly outbox: Outbox,
  ) {}

  /** Begins a login flow, shows the code in it and answers its token; 403 and no flow where policy asks for more. */
  async login(caller: BeginCaller, step: string, code: RightCode): Promise<Decision<JwtAnswer>> {
    // a login that has ended since takes its codes with it (SES-06)
    if (code.carries?.login && !(await this.deviceCodes.stillHolds(code, code.carries.login)))
      return refuse('mfa/code-refused');
    const began = await this.starts.start(caller.application, (tx) => this.fresh(tx, caller, code));
    if (!began.ok) return began.refusal.code === 'access/forbidden' ? refuse('mfa/code-insufficient') : began;
    const { flow, situation } = began.value;
    const brought = code.carries?.login ? this.ofLogin(code) : this.ofAddress(code);
    const look = () => Promise.resolve(brought.shown);
    const kind = { shows: brought.shows, guess: false, look };
    const answer = await this.steps.show({ flow, current: true }, step, kind, situation);
    if (answer.ok && answer.value.kind === 'complete') return accept(jwtOf(answer.value.body));
    await this.abandon(flow);
    if (answer.ok || answer.refusal.code === 'access/forbidden') return refuse('mfa/code-insufficient');
    return answer.refusal.code === 'mfa/proof-refused' ? refuse('mfa/code-refused') : answer;
  }

  /** A flow of whoever holds the right code: they are not hidden from any more, so what they have decides. */
  private async fresh(tx: Tx, caller: BeginCaller, { userId }: RightCode): Promise<FreshFlow> {
    const user = await this.users.lockById(tx, userId);
    if (!user) throw refused('mfa/code-refused');
    const flow = newFlow(this.sessions, {}, caller, {
      ...{ userId, username: user.username, usernameKey: user.usernameKey },
      kind: user.registeredAt === null ? 'signUp' : 'signIn',
      ...{ context: 'login', challengeId: null, payload: null, subjectDigest: null },
      policies: [caller.application.settings.defaultPolicies.login],
      ...{ defaultPolicy: true, enrols: [], deviceId: null, deviceTrusted: false },
      ...{ authenticated: false, proven: true, ttlSeconds: UNPROVEN_FLOW_TTL_SECONDS },
    });
    return { flow, proofs: [] };
  }

  private ofAddress(code: RightCode): Brought {
    const factor = code.carries?.factor ?? 'otp:email';
    const contactId = code.contactId ?? '';
    const effect = async (tx: Tx, flow: Flow) =>
      code.contactId !== null &&
      (await this.contacts.isUsable(tx, flow.userId, contactId, 0)) &&
      (await this.codes.consume(tx, code, flow.id));
    return { shows: [factor], shown: { proof: otpProof(factor, contactId), effect } };
  }

  /** A code made with an access token brings what that login showed, as long as the user still has it. */
  private ofLogin(code: RightCode): Brought {
    const proofs = (code.carries?.login?.proofs ?? []).map(({ authenticatedAt, ...proof }) => ({
      ...proof,
      authenticatedAt: new Date(authenticatedAt),
    }));
    const effect = async (tx: Tx, flow: Flow) => {
      const references = proofs.map(({ reference }) => reference);
      if (references.length === 0 || !(await this.proofs.areThere(tx, flow.userId, references))) return false;
      if (!(await this.codes.consume(tx, code, flow.id))) return false;
      for (const proof of proofs) await this.proofs.add(tx, flow.id, proof);
      return true;
    };
    // the step adds this proof once more, and one reference is one proof
    const [first] = proofs;
    const none = otpProof('otp:email', '');
    return { shows: proofs.map(({ factor }) => factor), shown: { proof: first ?? none, effect } };
  }

  private async abandon(flow: Flow): Promise<void> {
    await this.database.transaction(async (tx) => {
      const ended = await this.ends.endOpen(tx, flow.id, 'abandoned');
      if (ended) await this.outbox.append(tx, [flowEvent('mfa.flow.abandoned.v1', ended)]);
    });
  }
}
