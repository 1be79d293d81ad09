import {
  type Acr,
  type ChallengeView,
  type FlowView,
  type KeyConstraints,
  type MfaContext,
  type ProofCategory,
  type ResolvedUser,
  usernameKey,
} from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';

/** The host's word: this key says that it verified this user, by these methods. */
export interface Vouching {
  appId: string;
  username: string;
  /** What the key may vouch for. */
  constraints: KeyConstraints;
  /** Methods the host claims (RFC 8176). */
  amr: readonly string[];
}

/** What a token is good for: every member is compared when it is redeemed. */
export interface Binding {
  appId: string;
  /** '' from {@link decideForFlow} for a flow begun without a name: then it is the user the host names. */
  userId: string;
  context: MfaContext;
  flowId?: string;
  challengeId?: string;
  subjectDigest?: string;
  /** Good only for flows that had begun at this instant of the orchestrator's clock (ISO 8601). */
  grantedAt?: string;
  amr: string[];
  acr: Acr;
  category: ProofCategory;
}

export type IssueRefusal =
  'token/flow-not-found' | 'token/user-mismatch' | 'token/flow-unfit' | 'token/context-not-allowed';

/** What a proof gets: methods `ext` and what is claimed and allowed; the key's `acr`, else the lowest; its category (EXT-12). */
const assurance = ({ amr, constraints }: Vouching) => ({
  amr: ['ext', ...new Set(amr.filter((method) => method !== 'ext' && constraints.amr?.includes(method)))],
  acr: constraints.acr ?? ('aal1' as const),
  category: constraints.category ?? ('knowledge' as const),
});

const mayVouchIn = (context: MfaContext, { constraints }: Vouching): boolean =>
  constraints.contexts?.includes(context) ?? true;

/** Facts about a flow that is named. */
export interface FlowFacts {
  /** Undefined: there is none of that id. */
  flow: FlowView | undefined;
  /** The challenge the host named beside the flow. */
  challengeId?: string | undefined;
  /** A set token needs a flow that offers `external` now; a grant leaves that to the moment of redemption. */
  mustOfferExternal: boolean;
}

/** A flow that was begun without a user's name and still is nobody's: the host says who it is. */
const isNameless = (flow: FlowView): boolean => flow.userId === '' && flow.usernameKey === '';

/** A token for one flow. Unknown, another application's and another challenge's flow are all "no such flow" (API-01). */
export function decideForFlow(vouching: Vouching, facts: FlowFacts): Decision<Binding, IssueRefusal> {
  const { flow } = facts;
  if (!flow || flow.appId !== vouching.appId) return refuse('token/flow-not-found', { field: 'flowId' });
  if (facts.challengeId !== undefined && facts.challengeId !== flow.challengeId) {
    return refuse('token/flow-not-found', { field: 'challengeId' });
  }
  if (!isNameless(flow) && usernameKey(vouching.username) !== flow.usernameKey)
    return refuse('token/user-mismatch', { field: 'username' });
  if (!mayVouchIn(flow.context, vouching)) return refuse('token/context-not-allowed');
  if (flow.status !== 'open' || (facts.mustOfferExternal && !flow.offersExternal)) {
    return refuse('token/flow-unfit', { field: 'flowId' });
  }
  return accept({
    appId: vouching.appId,
    userId: flow.userId,
    context: flow.context,
    flowId: flow.flowId,
    ...(flow.challengeId !== undefined && { challengeId: flow.challengeId }),
    ...(flow.subjectDigest !== undefined && { subjectDigest: flow.subjectDigest }),
    ...assurance(vouching),
  });
}

/** A token for any flow of one challenge and user. */
export function decideForChallenge(
  vouching: Vouching,
  challenge: ChallengeView | undefined,
): Decision<Binding, IssueRefusal> {
  if (!challenge || challenge.appId !== vouching.appId) {
    return refuse('token/flow-not-found', { field: 'challengeId' });
  }
  if (usernameKey(vouching.username) !== challenge.usernameKey) {
    return refuse('token/user-mismatch', { field: 'username' });
  }
  if (!mayVouchIn(challenge.context, vouching)) return refuse('token/context-not-allowed');
  if (challenge.status !== 'pending') return refuse('token/flow-unfit', { field: 'challengeId' });
  return accept({
    appId: vouching.appId,
    userId: challenge.userId,
    context: challenge.context,
    challengeId: challenge.challengeId,
    subjectDigest: challenge.subjectDigest,
    ...assurance(vouching),
  });
}

/** A token that names no flow: good only for `login` flows of this user that are open now (L4). */
export function decideForLogin(
  vouching: Vouching,
  user: ResolvedUser,
): Decision<Binding, 'token/context-not-allowed'> {
  if (!mayVouchIn('login', vouching)) return refuse('token/context-not-allowed');
  return accept({
    appId: vouching.appId,
    userId: user.userId,
    context: 'login',
    grantedAt: user.at,
    ...assurance(vouching),
  });
}
