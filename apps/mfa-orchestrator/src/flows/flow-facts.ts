import type { Application, ApplicationSettings } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { type ApplicationDirectory, InjectClock, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { REGISTRATION_POLICY } from '../policies/built-in-policies.ts';
import { ChannelHealth } from '../messages/channel-health.ts';
import { MessageChannels } from '../messages/message-channels.ts';
import type { Channel } from '../messages/message.types.ts';
import { ENROLMENTS, type Factor } from '../policies/factors.ts';
import { policiesNamed, type PolicyRow } from '../policies/policy.repository.ts';
import type { Policy } from '../policies/policy.schemas.ts';
import { UserRepository } from '../users/user.repository.ts';
import { FactRows } from './fact-rows.repository.ts';
import type { Facts, Situation } from './facts.types.ts';
import type { Flow } from './flow.types.ts';
import { decideNext, type Next } from './next-action.decide.ts';
import { loginProofs } from './registration-login.decide.ts';
import { OPEN_REGISTRATION } from './login-proof.decide.ts';
import type { ShownProof } from './proof.types.ts';

const CHANNEL_FACTORS: Record<Channel, Factor> = { email: 'otp:email', sms: 'otp:sms' };

/** Whether the caller has proved nothing and may not learn what the user has (ADR 0008). */
export const isConcealed = (
  flow: Pick<Flow, 'proven' | 'deviceTrusted'>,
  { accountExistence }: ApplicationSettings,
): boolean => !flow.proven && !flow.deviceTrusted && accountExistence === 'conceal';

/** Gathers what the next step is decided on: today's policies, what the user has, and the proofs so far. */
@Injectable()
export class FlowFacts {
  constructor(
    private readonly database: Database,
    private readonly rows: FactRows,
    private readonly users: UserRepository,
    private readonly channels: MessageChannels,
    private readonly health: ChannelHealth,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** The flow's application with today's settings. May ask over the network: never inside a transaction. */
  async applicationOf({ appId }: Pick<Flow, 'appId'>): Promise<Application> {
    const application = await this.directory.byId(appId);
    // deleted under a live flow: nothing can be decided, and nothing is issued
    if (!application) throw new Error(`the application ${appId} of a flow is gone`);
    return application;
  }

  /** `given` stands for the proofs of a flow that has not begun. */
  async gather(
    db: Tx | Database,
    flow: Flow,
    { settings }: Pick<Application, 'settings'>,
    given?: ShownProof[],
  ): Promise<Facts> {
    // raised since, the application's default holds for what is under way too (ST-17)
    const { login, transaction } = settings.defaultPolicies;
    const wanted = flow.defaultPolicy ? [flow.context === 'login' ? login : transaction] : flow.policies;
    const rows = await this.rows.of(db, { ...flow, policies: wanted }, settings);
    const { enrolled } = rows;
    const concealed = isConcealed(flow, settings);
    const named = policiesOf(rows.policies, wanted);
    // whom only a passkey names has one
    const hasFactor = flow.userId === '' || (!concealed && enrolled.length > 0);
    const policies = flow.defaultPolicy && hasFactor ? onceEnrolled(rows.policies, named) : named;
    const names = new Set(named.map((policy) => policy.name));
    return {
      context: flow.context,
      policies,
      missingPolicies: wanted.filter((name) => !names.has(name)),
      proofs: given ?? (await this.holding(db, flow, rows)),
      enrolled,
      enrols: flow.enrols,
      failed: flow.failedFactors,
      deviceTrusted: flow.deviceTrusted,
      ...this.channelFacts(settings),
      concealed,
      anonymous: flow.userId === '',
      now: this.clock.now(),
    };
  }

  /** What holds about the flow now. May ask over the network: never inside a transaction. */
  async now(flow: Flow): Promise<Situation> {
    const application = await this.applicationOf(flow);
    return { application, facts: await this.gather(this.database, flow, application) };
  }

  /** What comes next in the flow. May ask over the network: never inside a transaction. */
  async next(flow: Flow): Promise<Next> {
    return decideNext((await this.now(flow)).facts);
  }

  /** What the application's policy for logins is asked about, as if all that the flow has shown were shown in a login. */
  async asLogin(db: Tx | Database, flow: Flow, application: Application): Promise<Facts> {
    const login: Flow = { ...flow, context: 'login', defaultPolicy: true, proven: true, enrols: [] };
    return this.gather(db, login, application);
  }

  /** Whether what a registration has shown would be a login by the application's policy today (ST-08). */
  async isLogin(db: Tx | Database, flow: Flow, application: Application, facts: Facts): Promise<boolean> {
    const asked = await this.asLogin(db, flow, application);
    return decideNext({ ...asked, proofs: loginProofs(facts) }).kind === 'complete';
  }

  /**
   * The flow's proofs. What an open registration began with holds only while the user does not exist: else whoever
   * begins before the user signs up could put a passkey of theirs into the account (pre-hijacking).
   */
  private async holding(
    db: Tx | Database,
    flow: Flow,
    { proofs, enrolled }: Pick<Facts, 'proofs' | 'enrolled'>,
  ): Promise<ShownProof[]> {
    if (!proofs.some(({ reference }) => reference === OPEN_REGISTRATION)) return proofs;
    const own = proofs.filter(({ factor }) => ENROLMENTS.some((enrolment) => enrolment === factor));
    const exists = enrolled.length > own.length || (await this.users.exists(db, flow.userId));
    return exists ? proofs.filter(({ reference }) => reference !== OPEN_REGISTRATION) : proofs;
  }

  private channelFacts({ otp }: ApplicationSettings): Pick<Facts, 'absent' | 'down'> {
    const factors = Object.entries(CHANNEL_FACTORS) as [Channel, Factor][];
    const isThere = (channel: Channel) => this.channels.offered.has(channel) && otp[channel].enabled;
    return {
      absent: factors.flatMap(([channel, factor]) => (isThere(channel) ? [] : [factor])),
      down: factors.flatMap(([channel, factor]) => (this.health.isDown(channel) ? [factor] : [])),
    };
  }
}

const policiesOf = (rows: PolicyRow[], names: string[]): Policy[] =>
  names.length === 1 && names[0] === REGISTRATION_POLICY.name
    ? [REGISTRATION_POLICY]
    : policiesNamed(rows, names);

/** The defaults once the user has a factor of ours: what they have is what they are asked for (ST-09). */
const onceEnrolled = (rows: PolicyRow[], policies: Policy[]): Policy[] =>
  policies.map((policy) => policiesNamed(rows, [policy.onceEnrolled ?? policy.name])[0] ?? policy);
