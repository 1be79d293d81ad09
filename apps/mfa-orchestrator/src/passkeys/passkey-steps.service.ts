import { refuse, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Notices } from '../contacts/notices.ts';
import type { Situation } from '../flows/facts.types.ts';
import type { StepAnswer } from '../flows/flow-answers.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import type { Flow } from '../flows/flow.types.ts';
import { ProofStep, type Shown } from '../flows/proof-step.service.ts';
import { actionOf } from '../policies/factors.ts';
import { enrolmentProof } from '../users/factor-proof.decide.ts';
import { factorEvent } from '../users/user.events.ts';
import { asAssertion, asCreation } from './ceremony-input.decide.ts';
import { verifyAssertion, verifyCreation } from './ceremonies.ts';
import { PasskeyCeremonies } from './passkey-ceremonies.service.ts';
import { passkeyProof } from './passkey-proof.decide.ts';
import { providerName } from './passkey-providers.decide.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import type { AssertionInput, CreationInput } from './passkey.schemas.ts';
import { countsOn } from './sign-count.decide.ts';
import { SuspectPasskeys } from './suspect-passkeys.service.ts';

/** The steps of a flow that show or make a passkey. Nothing in them can be guessed; each try counts on the flow. */
@Injectable()
export class PasskeySteps {
  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly passkeys: PasskeyRepository,
    private readonly ceremonies: PasskeyCeremonies,
    private readonly suspects: SuspectPasskeys,
    private readonly notices: Notices,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Shows a passkey: `passkey:auth` in a login, `passkey:tx` over what is asked for elsewhere; never one for the other. */
  async assert(
    match: SessionMatch,
    step: string,
    action: 'passkey:auth' | 'passkey:tx',
    input: AssertionInput,
  ): Promise<Decision<StepAnswer>> {
    if (match.current && actionOf('passkey', match.flow.context) !== action)
      return refuse('access/forbidden');
    const look = (flow: Flow, now: Situation) => this.lookAtAssertion(flow, now, action, input);
    return this.steps.show(match, step, { shows: 'passkey', guess: false, look });
  }

  /** Makes a passkey, where the flow offers that: after proofs as strong as what the user has (WA-07). */
  async register(
    match: SessionMatch,
    step: string,
    input: CreationInput,
    name?: string,
  ): Promise<Decision<StepAnswer>> {
    const look = (flow: Flow, now: Situation) => this.lookAtCreation(flow, now, input, name);
    return this.steps.show(match, step, { shows: 'passkey:reg', guess: false, look });
  }

  private async lookAtAssertion(
    flow: Flow,
    { application, facts: { policies } }: Situation,
    action: 'passkey:auth' | 'passkey:tx',
    input: AssertionInput,
  ): Promise<Shown | undefined> {
    const result = asAssertion(input);
    const passkey =
      result && (await this.passkeys.byCredential(this.database, flow.appId, result.credentialId));
    if (!passkey || passkey.suspect) return undefined;
    // the credential is the user's of this flow; where nobody is named it names them itself (§7.2 steps 6 and 7)
    if (flow.userId === '' ? !result.userHandle : passkey.userId !== flow.userId) return undefined;
    if (result.userHandle && result.userHandle !== passkey.userId) return undefined;
    const expected = this.ceremonies.of(flow, action, { application, policies });
    const shown = await verifyAssertion(result, passkey, expected);
    if (!shown.ok) return undefined;
    const { signCount, backedUp, userVerified } = shown.value;
    if (!countsOn(passkey.signCount, signCount)) {
      await this.suspects.mark(passkey);
      return undefined;
    }
    return {
      proof: passkeyProof(passkey, userVerified),
      userId: passkey.userId,
      effect: (tx) => this.passkeys.use(tx, passkey, { signCount, backedUp, deviceId: flow.deviceId }),
      extra: {
        passkeyInfo: {
          passkeyId: passkey.id,
          aaguid: passkey.aaguid,
          publicKey: Buffer.from(passkey.publicKey).toString('base64url'),
          assertionResult: { ...result },
        },
      },
    };
  }

  private async lookAtCreation(
    flow: Flow,
    { application, facts: { policies } }: Situation,
    input: CreationInput,
    name: string | undefined,
  ): Promise<Shown | undefined> {
    const result = asCreation(input);
    if (!result) return undefined;
    const expected = this.ceremonies.of(flow, 'passkey:reg', { application, policies });
    const made = await verifyCreation(result, expected);
    if (!made.ok) return undefined;
    const { appId, userId } = flow;
    const passkey = {
      ...made.value,
      ...{ id: uuidv7(this.clock), appId, userId, name: name ?? providerName(made.value.aaguid) },
    };
    await this.notices.prepare(appId);
    return {
      proof: enrolmentProof('passkey:reg', passkey.id),
      effect: async (tx) => {
        if (!(await this.passkeys.insert(tx, passkey))) return false;
        await this.notices.tell(tx, passkey, 'passkey-added');
        return true;
      },
      events: [factorEvent('factor-added', { ...passkey, kind: 'passkey' })],
      extra: {
        passkeyInfo: {
          passkeyId: passkey.id,
          aaguid: passkey.aaguid,
          publicKey: Buffer.from(passkey.publicKey).toString('base64url'),
          creationResult: { ...result },
        },
      },
    };
  }
}
