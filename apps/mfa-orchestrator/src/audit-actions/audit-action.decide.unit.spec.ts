import { applicationSettings } from '@countersign/contracts';
import type { PatrolRule } from '../patrol-rules/patrol-rule.schemas.ts';
import { decideAction, earliestOf, inFuture, type ActionFacts } from './audit-action.decide.ts';

const now = new Date('2026-05-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const rule = (over: Partial<PatrolRule> = {}): PatrolRule => ({
  id: '00000000-0000-7000-8000-000000000001',
  name: 'Address changes',
  auditAction: 'ChangeAddress',
  requires: 'external',
  ttlSeconds: 300,
  cooldownSeconds: 0,
  maxAgeSeconds: 300,
  enabled: true,
  version: 1,
  createdAt: now.toISOString(),
  updatedAt: now.toISOString(),
  ...over,
});
const given = (over: Partial<ActionFacts> = {}): ActionFacts => ({
  now,
  earliest: now,
  matches: [{ rule: rule(), when: 'absent' }],
  mutedRuleIds: [],
  allowed: [],
  history: { lastHour: 0, lastDay: 0, ends: [] },
  budgets: applicationSettings.parse({}).budgets,
  ...over,
});

describe('what becomes of an audit action', () => {
  it('seed Q4: no rule: decided not-required at once, however old', () => {
    const verdict = decideAction(given({ matches: [], earliest: ago(99_999) }));
    expect(verdict).toEqual({ kind: 'decide', outcome: 'not-required', because: ['no-rule'] });
  });

  it('seed Q4: a rule matches: a challenge, and because names the rule', () => {
    expect(decideAction(given())).toMatchObject({
      kind: 'challenge',
      requires: ['external'],
      because: ['rule:Address changes'],
    });
  });

  it('EV-11: older than maxAgeSeconds: too-late; exactly as old: still in time', () => {
    expect(decideAction(given({ earliest: ago(301) }))).toMatchObject({ outcome: 'too-late' });
    expect(decideAction(given({ earliest: ago(300) }))).toMatchObject({ kind: 'challenge' });
  });

  it('several rules: every policy must be satisfied, the shortest times hold, because names all', () => {
    const matches = [
      { rule: rule({ name: 'a', requires: 'external', ttlSeconds: 600 }), when: 'absent' as const },
      {
        rule: rule({ name: 'b', requires: 'strong', ttlSeconds: 60, maxAgeSeconds: 10 }),
        when: 'error' as const,
      },
    ];
    expect(decideAction(given({ matches }))).toMatchObject({
      requires: ['external', 'strong'],
      ttlSeconds: 60,
      because: ['rule:a', 'rule:b', 'when-error:b'],
    });
    expect(decideAction(given({ matches, earliest: ago(11) }))).toMatchObject({ outcome: 'too-late' });
  });

  it('a muted rule denies without a prompt', () => {
    const verdict = decideAction(given({ mutedRuleIds: [rule().id] }));
    expect(verdict).toMatchObject({ outcome: 'denied', because: ['muted', 'rule:Address changes'] });
  });

  const allowed = (seconds: number, ruleId = rule().id, requires = ['external']) => ({
    ruleId,
    at: ago(seconds),
    requires,
  });

  it('within the cooldown of an allowed one: not-required; after it, or without any: a challenge', () => {
    const matches = [{ rule: rule({ cooldownSeconds: 60 }), when: 'absent' as const }];
    expect(decideAction(given({ matches, allowed: [allowed(59)] }))).toMatchObject({
      outcome: 'not-required',
    });
    expect(decideAction(given({ matches, allowed: [allowed(60)] }))).toMatchObject({ kind: 'challenge' });
    expect(decideAction(given({ matches }))).toMatchObject({ kind: 'challenge' });
  });

  it('a cooldown of one rule does not cover another rule that matches too', () => {
    const matches = [
      { rule: rule({ name: 'cool', cooldownSeconds: 60 }), when: 'absent' as const },
      { rule: rule({ id: 'other', name: 'always', requires: 'strong' }), when: 'absent' as const },
    ];
    const verdict = decideAction(given({ matches, allowed: [allowed(1)] }));
    expect(verdict).toMatchObject({ kind: 'challenge', requires: ['strong'], because: ['rule:always'] });
  });

  it('EXT-12: an approval under a weaker policy cools no rule down that requires a stronger one', () => {
    const strong = rule({ id: 'big', name: 'big', requires: 'strong', cooldownSeconds: 60 });
    const matches = [{ rule: strong, when: 'true' as const }];
    for (const earlier of [allowed(1), allowed(1, 'big', ['external'])]) {
      expect(decideAction(given({ matches, allowed: [earlier] }))).toMatchObject({
        kind: 'challenge',
        requires: ['strong'],
      });
    }
  });

  it('EV-07: beyond the budget: denied, and nobody is prompted', () => {
    for (const history of [
      { lastHour: 5, lastDay: 5, ends: [] },
      { lastHour: 0, lastDay: 10, ends: [] },
    ]) {
      expect(decideAction(given({ history }))).toMatchObject({
        outcome: 'denied',
        because: expect.arrayContaining(['challenge-budget']),
      });
    }
  });

  it('fatigue: two denied or expired ones in a row make a pause, one does not, a completed one ends it', () => {
    const end = (status: string, seconds: number) => ({ status, endedAt: ago(seconds) });
    const history = (...ends: ReturnType<typeof end>[]) => ({ lastHour: 2, lastDay: 2, ends });
    const verdict = (...ends: ReturnType<typeof end>[]) =>
      decideAction(given({ history: history(...ends) })).kind;
    expect(verdict(end('expired', 1))).toBe('challenge');
    expect(verdict(end('expired', 1), end('denied', 90))).toBe('decide');
    expect(verdict(end('expired', 61), end('denied', 190))).toBe('challenge');
    expect(verdict(end('expired', 1), end('completed', 50), end('denied', 90))).toBe('challenge');
  });

  it('the earliest of the known times counts; more than 60 s ahead is refused', () => {
    expect(earliestOf(now, undefined, ago(5).toISOString())).toEqual(ago(5));
    expect(inFuture(now, ago(-60).toISOString())).toBe(false);
    expect(inFuture(now, undefined, ago(-61).toISOString())).toBe(true);
  });
});
