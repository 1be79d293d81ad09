import type { Facts } from '../flows/facts.types.ts';
import { decideNext } from '../flows/next-action.decide.ts';
import type { Policy } from './policy.schemas.ts';

/** A flow that ended, as it was decided on: what it had shown, and what the user had. */
export interface PastFlow {
  flowId: string;
  username: string;
  startedAt: Date;
  completed: boolean;
  facts: Omit<Facts, 'policies' | 'missingPolicies' | 'enrols'>;
}

/** What another version of a policy would have meant for a flow. */
export type Change = 'unchanged' | 'challenged' | 'eased' | 'locked-out';

export interface ReplayedFlow {
  change: Change;
  /** What the user would have had to do next; empty where nothing, or where nothing could be done. */
  next: string[];
  because: string[];
}

/**
 * Decides a past flow under another version of a policy. *Challenged*: it was complete and would have needed more, which
 * the user could have shown. *Locked out*: nothing they have would have been enough. *Eased*: it was not complete and
 * would have been.
 */
export function replayOne(past: PastFlow, candidate: Policy): ReplayedFlow {
  // enrolments are asked for after a policy is satisfied: whether they were done says nothing about it
  const policy = { ...candidate, enrols: [] };
  const next = decideNext({ ...past.facts, policies: [policy], missingPolicies: [], enrols: [] });
  const { because } = next;
  switch (next.kind) {
    case 'complete':
      return { change: past.completed ? 'unchanged' : 'eased', next: [], because };
    case 'deny':
      return { change: past.completed ? 'locked-out' : 'unchanged', next: [], because };
    case 'next':
      return { change: past.completed ? 'challenged' : 'unchanged', next: next.next, because };
  }
}
