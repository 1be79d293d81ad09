import { consumeStatement } from './consume-once.ts';

const spec = { table: 'tickets', bindings: { id: 't1', flow_id: null }, attempt: 'f1:1' };

describe('the statement that consumes', () => {
  it('invariant 1: compares every binding, null as IS NULL, and passes values as parameters only', () => {
    const { sql, params } = consumeStatement({ ...spec, set: { used_by: "x'; DROP TABLE t" } });
    expect(sql).toContain('"id" = $2 AND "flow_id" IS NULL');
    expect(sql).not.toContain('DROP');
    expect(params).toEqual(['f1:1', 't1', "x'; DROP TABLE t"]);
  });

  it('invariant 2: the expiry is compared by the database’s clock', () => {
    expect(consumeStatement(spec).sql).toContain('expires_at > clock_timestamp()');
  });

  it.each([
    ['nothing', {}],
    ['undefined, which is a forgotten value', { id: undefined }],
    ['an object, as an injected body would be', { id: { $ne: 1 } }],
    ['NaN', { id: Number.NaN }],
    ['a list', { id: ['t1'] }],
  ])('invariant 1: bindings of %s are a fault', (_, bindings) => {
    expect(() => consumeStatement({ ...spec, bindings })).toThrow(TypeError);
  });

  it('an empty attempt, names that are not names and own columns are faults', () => {
    expect(() => consumeStatement({ ...spec, attempt: '' })).toThrow(TypeError);
    expect(() => consumeStatement({ ...spec, table: 'tickets; --' })).toThrow(TypeError);
    expect(() => consumeStatement({ ...spec, bindings: { 'id = id OR id': 't1' } })).toThrow(TypeError);
    expect(() => consumeStatement({ ...spec, set: { expires_at: 'infinity' } })).toThrow(TypeError);
    expect(() => consumeStatement({ ...spec, set: { used_by: undefined } })).toThrow(TypeError);
  });
});
