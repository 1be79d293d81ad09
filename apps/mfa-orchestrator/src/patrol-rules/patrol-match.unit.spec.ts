import { globMatches, matchRules } from './patrol-match.decide.ts';
import type { PatrolRuleDefinition } from './patrol-rule.schemas.ts';

const rule = (over: Partial<PatrolRuleDefinition>): PatrolRuleDefinition => ({
  name: 'r',
  auditAction: 'ChangeAddress',
  requires: 'external',
  ttlSeconds: 300,
  cooldownSeconds: 0,
  maxAgeSeconds: 300,
  enabled: true,
  ...over,
});
const action = { auditActionId: 'a', name: 'ChangeAddress', username: 'dana', details: { amount: 5 } };

describe('which Patrol rules an audit action matches', () => {
  it.each([
    ['ChangeAddress', 'changeaddress', true],
    ['Change*', 'ChangeAddress', true],
    ['*Address', 'ChangeAddress', true],
    ['Change?ddress', 'ChangeAddress', true],
    ['Change', 'ChangeAddress', false],
    ['*', '', true],
    ['Adresse\u0301', 'Adress\u00e9', true],
    ['Adresse\u0301', 'ADRESS\u00c9', true],
    ['Cafe\u0301*', 'CAF\u00c9 moved', true],
    ['a.c', 'abc', false],
  ])('seed Q4: %s against %s: %s', (pattern, name, fits) => {
    expect(globMatches(pattern, name)).toBe(fits);
  });

  it('API-09: many stars do not stall', () => {
    expect(globMatches('*a'.repeat(100) + 'b', 'a'.repeat(256))).toBe(false);
  });

  it('a disabled rule matches nothing', () => {
    expect(matchRules([rule({ enabled: false })], action)).toEqual([]);
  });

  it('a `when` that is false does not match, one that fails does: in doubt the user is asked', () => {
    const rules = [
      rule({ name: 'big', when: 'details.amount > 100' }),
      rule({ name: 'broken', when: 'details.country == "DE"' }),
      rule({ name: 'plain' }),
    ];
    expect(matchRules(rules, action).map(({ rule: { name }, when }) => [name, when])).toEqual([
      ['broken', 'error'],
      ['plain', 'absent'],
    ]);
  });
});
