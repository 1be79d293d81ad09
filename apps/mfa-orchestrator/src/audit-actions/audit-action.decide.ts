import type { ApplicationSettings } from '@countersign/contracts';
import { promptRefusal, type PromptHistory } from '../challenges/budget.decide.ts';
import type { PatrolRule } from '../patrol-rules/patrol-rule.schemas.ts';
import type { Match } from '../patrol-rules/patrol-match.decide.ts';

/** A rule for which an earlier action was allowed: when, and under which policies. */
export interface Allowed {
  ruleId: string;
  at: Date;
  requires: string[];
}

/** Everything the verdict on an audit action rests on. */
export interface ActionFacts {
  now: Date;
  /** The earliest of the event's time, `occurredAt` and the broker's timestamp. */
  earliest: Date;
  matches: Match<PatrolRule>[];
  /** Rules this user muted by saying "that was not me". */
  mutedRuleIds: string[];
  /** What the same user, session and name was allowed lately, by rule; empty without a session. */
  allowed: Allowed[];
  history: PromptHistory;
  budgets: ApplicationSettings['budgets'];
}

/** What becomes of an audit action: decided at once, or a challenge. */
export type Verdict =
  | { kind: 'decide'; outcome: 'not-required' | 'too-late' | 'denied'; because: string[] }
  | {
      kind: 'challenge';
      requires: string[];
      ruleIds: string[];
      ttlSeconds: number;
      because: string[];
    };

const names = (matches: Match<PatrolRule>[]): string[] =>
  matches.flatMap(({ rule, when }) => [
    `rule:${rule.name}`,
    ...(when === 'error' ? [`when-error:${rule.name}`] : []),
  ]);

const smallest = (values: number[]): number => Math.min(...values);

/**
 * One verdict for each audit action, so that silence never means yes. Where several rules match, all their policies
 * must be satisfied and the shortest times hold. The order: no rule, too late, muted, cooldown, budget, challenge.
 */
export function decideAction(facts: ActionFacts): Verdict {
  const { matches, now } = facts;
  if (matches.length === 0) return { kind: 'decide', outcome: 'not-required', because: ['no-rule'] };
  const ageSeconds = (now.getTime() - facts.earliest.getTime()) / 1000;
  if (ageSeconds > smallest(matches.map(({ rule }) => rule.maxAgeSeconds))) {
    return { kind: 'decide', outcome: 'too-late', because: ['too-late', ...names(matches)] };
  }
  if (matches.some(({ rule }) => facts.mutedRuleIds.includes(rule.id))) {
    return { kind: 'decide', outcome: 'denied', because: ['muted', ...names(matches)] };
  }
  const asking = matches.filter(({ rule }) => !coolsDown(rule, facts));
  if (asking.length === 0) {
    return { kind: 'decide', outcome: 'not-required', because: ['cooldown', ...names(matches)] };
  }
  const refusal = promptRefusal('event', facts.history, facts.budgets, now);
  if (refusal)
    return {
      kind: 'decide',
      outcome: 'denied',
      because: [...refusal.split(':', 1), refusal, ...names(asking)],
    };
  return {
    kind: 'challenge',
    requires: [...new Set(asking.map(({ rule }) => rule.requires))],
    ruleIds: asking.map(({ rule }) => rule.id),
    ttlSeconds: smallest(asking.map(({ rule }) => rule.ttlSeconds)),
    because: names(asking),
  };
}

/** A rule cools down by what was allowed for that very rule and what it requires today, never by another's approval. */
function coolsDown(rule: PatrolRule, { allowed, now }: ActionFacts): boolean {
  return allowed.some(
    ({ ruleId, at, requires }) =>
      ruleId === rule.id &&
      requires.includes(rule.requires) &&
      now.getTime() - at.getTime() < rule.cooldownSeconds * 1000,
  );
}

/** The earliest of the times that are known. */
export const earliestOf = (...times: (Date | string | undefined)[]): Date =>
  new Date(Math.min(...times.flatMap((time) => (time === undefined ? [] : [new Date(time).getTime()]))));

/** How far a time may lie ahead before it is refused, in seconds: clocks differ, but not that much. */
export const FUTURE_TOLERANCE_SECONDS = 60;

/** Whether any of the times lies too far in the future. */
export const inFuture = (now: Date, ...times: (string | undefined)[]): boolean =>
  times.some(
    (time) =>
      time !== undefined && new Date(time).getTime() > now.getTime() + FUTURE_TOLERANCE_SECONDS * 1000,
  );
