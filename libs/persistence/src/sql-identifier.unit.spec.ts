import { quoteIdentifier } from './sql-identifier.ts';

describe('names in SQL', () => {
  it('API-04: a name of code is quoted, with or without a schema', () => {
    expect(quoteIdentifier('flows')).toBe('"flows"');
    expect(quoteIdentifier('audit.flow_proofs')).toBe('"audit"."flow_proofs"');
  });

  it.each(['', 'Flows', 'a"b', 'a b', 'a;drop', 'a.b.c', '1a', 'a'.repeat(64), 'ä', 'a\n'])(
    'API-04: %j is refused',
    (name) => {
      expect(() => quoteIdentifier(name)).toThrow(TypeError);
    },
  );
});
