import { evaluateExpression, expressionFault } from './cel-expression.ts';

const input = {
  event: { name: 'ChangeAddress', details: { amount: 1500, list: [1, 2, 3] } },
  details: { amount: 1500, list: [1, 2, 3], text: 'a'.repeat(50) + '!' },
  name: 'ChangeAddress',
  username: 'dana',
  sessionId: '',
  transactionId: '',
  clientAddress: '',
};

describe('Patrol expressions (CEL)', () => {
  it.each([
    ['details.amount > 1000', true],
    ['event.details.amount < 1000', false],
    ['name == "ChangeAddress" && username.startsWith("da")', true],
    ['has(details.country)', false],
    ['details.list.exists(x, x == 2.0)', true],
    ['name.matches("^Change[A-Z]")', true],
    ['"a.matches(b)" == name', false],
  ])('%s is %s', (source, result) => {
    expect(evaluateExpression(source, input)).toMatchObject({ result });
  });

  it.each(['details.country == "DE"', 'name', 'details.amount + 1 == 2', 'nobody == 1'])(
    '%s is an error, never false',
    (source) => {
      expect(evaluateExpression(source, input)).toHaveProperty('error');
    },
  );

  it('API-09: matches() is linear: a pattern that stalls a backtracking engine answers', () => {
    expect(evaluateExpression('details.text.matches("^(a+)+$")', input)).toMatchObject({ result: false });
  });

  it('API-09: an expression whose cost exceeds the limit is not evaluated', () => {
    const list = Array.from({ length: 20_000 }, (_, i) => i);
    const big = { ...input, event: {}, details: { list } };
    const nested = 'details.list.all(x, details.list.all(y, x >= 0.0 || y >= 0.0))';
    expect(evaluateExpression(nested, big)).toMatchObject({ error: 'cost limit' });
    expect(evaluateExpression('details.list.all(x, x >= 0.0)', big)).toMatchObject({ result: true });
  });

  it.each([
    ['a text searched once per member', 'details.l.exists(x, details.s.contains(details.t))'],
    [
      'lists grown by +',
      `(${Array(31).fill('details.l').join(' + ')}).exists(x, details.l.exists(y, x == y))`,
    ],
    ['lists compared once per member', 'details.l.exists(x, details.l == details.l)'],
    ['a pattern run once per member', 'details.l.exists(x, details.s.matches("b"))'],
  ])('API-09: %s is charged by the size of the input', (_, source) => {
    const details = { l: Array.from({ length: 2_000 }, (_, i) => i), s: 'a'.repeat(100_000), t: 'b' };
    expect(evaluateExpression(source, { ...input, event: {}, details })).toMatchObject({
      error: 'cost limit',
    });
  });

  it.each(['details.s.split("").exists(x, x == "b")', '["a"].join("") == "a"', '"a".matches(name, name)'])(
    'API-09: %s calls what is not available',
    (source) => {
      expect(expressionFault(source)).toBeDefined();
    },
  );

  it.each([
    ['1 +', /./],
    ['"text"', /bool/],
    ['x == 1', /x/],
    [`${'true && '.repeat(400)}true`, /./],
    ['a'.repeat(2_001), /longer/],
  ])('a faulty expression is refused when it is written: %.20s', (source, message) => {
    expect(expressionFault(source)).toMatch(message);
  });
});
