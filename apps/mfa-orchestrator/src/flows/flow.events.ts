import type { NewEvent } from '@countersign/messaging';
import type { Flow } from './flow.types.ts';

type PlainType =
  | 'mfa.flow.started.v1'
  | 'mfa.flow.completed.v1'
  | 'mfa.flow.failed.v1'
  | 'mfa.flow.expired.v1'
  | 'mfa.flow.abandoned.v1';

/** What is told of a flow: ids and context, never a username or a proof. */
export type FlowIdentity = Pick<Flow, 'id' | 'appId' | 'userId' | 'context' | 'challengeId'>;

const dataOf = (flow: FlowIdentity) => ({
  flowId: flow.id,
  userId: flow.userId,
  context: flow.context,
  challengeId: flow.challengeId ?? undefined,
});

/** A flow began or ended. */
export const flowEvent = <T extends PlainType>(type: T, flow: FlowIdentity): NewEvent =>
  ({ type, appId: flow.appId, subject: flow.id, key: flow.id, data: dataOf(flow) }) as NewEvent;

/** A factor was shown. */
export const factorVerified = (flow: FlowIdentity, factor: string): NewEvent => ({
  type: 'mfa.flow.factor-verified.v1',
  appId: flow.appId,
  subject: flow.id,
  key: flow.id,
  data: { ...dataOf(flow), factor },
});

/** A factor was refused: verdicts are events too (seed Q10). */
export const factorRefused = (flow: FlowIdentity, factor: string, reason: string): NewEvent => ({
  type: 'mfa.flow.factor-refused.v1',
  appId: flow.appId,
  subject: flow.id,
  key: flow.id,
  data: { ...dataOf(flow), factor, reason },
});
