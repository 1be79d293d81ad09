import type { AuditActionRecorded } from '@countersign/contracts';
import { measureOf } from './cel-cost.ts';
import { COST_LIMIT, evaluateExpression } from './cel-expression.ts';
import type { PatrolRuleDefinition } from './patrol-rule.schemas.ts';

/** A rule that an audit action matches, and how its `when` came out. */
export interface Match<Rule> {
  rule: Rule;
  when: 'absent' | 'true' | 'error';
  error?: string;
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');

/** Whether `name` fits `pattern` (`*` any run, `?` one character), NFC and without case. Linear: no backtracking. */
export function globMatches(pattern: string, name: string): boolean {
  const p = [...folded(pattern)];
  const n = [...folded(name)];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < n.length;) {
    if (p[at] === '*') {
      star = at++;
      resume = i;
    } else if (at < p.length && (p[at] === '?' || p[at] === n[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (p[at] === '*') at++;
  return at === p.length;
}

/**
 * The rules that `action` matches. An expression that fails matches: in doubt the user is asked. All of them share one
 * budget of steps, so that no number of rules stalls the process.
 */
export function matchRules<Rule extends PatrolRuleDefinition>(
  rules: Rule[],
  action: AuditActionRecorded,
): Match<Rule>[] {
  const input = {
    event: action,
    details: action.details ?? {},
    name: action.name,
    username: action.username,
    sessionId: action.sessionId ?? '',
    transactionId: action.transactionId ?? '',
    clientAddress: action.clientAddress ?? '',
  };
  const measure = measureOf(action);
  let budget = COST_LIMIT;
  return rules.flatMap((rule): Match<Rule>[] => {
    if (!rule.enabled || !globMatches(rule.auditAction, action.name)) return [];
    if (rule.when === undefined) return [{ rule, when: 'absent' }];
    const outcome = evaluateExpression(rule.when, input, measure, budget);
    budget -= outcome.cost;
    if ('error' in outcome) return [{ rule, when: 'error', error: outcome.error }];
    return outcome.result ? [{ rule, when: 'true' }] : [];
  });
}
