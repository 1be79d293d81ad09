import { Reply } from '@countersign/service-kit';
import type { StepAnswer } from './flow-answers.ts';

/**
 * LoginID's rule (contracts §1.6): 200 completes the flow, 401 with a session goes on. This is the only place that
 * makes a 401 which carries a session.
 */
export const stepReply = (step: StepAnswer) =>
  step.kind === 'complete' ? new Reply(200, step.body) : new Reply(401, step.body);
