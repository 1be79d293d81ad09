import { auditAction, POISON } from '../test/events.ts';
import { decideArrival, orderKey } from './inbox.decide.ts';

const bytes = (document: object) => Buffer.from(JSON.stringify(document));
const envelope = (over: Record<string, unknown>) => {
  const verdict = decideArrival(bytes(auditAction(over)), 'patrol.audit-actions');
  if (!verdict.envelope) throw new Error('no envelope');
  return verdict.envelope;
};

describe('reading a record', () => {
  it('CloudEvents §3.1: takes an event of a plain producer, unknown members dropped', () => {
    const verdict = decideArrival(bytes(auditAction({ ext: 1 }, { extra: 1 })), 'patrol.audit-actions');
    expect(verdict).toMatchObject({ kind: 'event', type: 'patrol.audit-action.recorded.v1' });
    expect(JSON.stringify(verdict)).not.toMatch(/"ext/);
  });

  it.each(POISON)('design Events: %s is dead', (_name, value, reason) => {
    expect(decideArrival(value, 'patrol.audit-actions')).toMatchObject({ kind: 'dead', reason });
  });

  it('design Events: poison that is an event all the same keeps its identity', () => {
    const verdict = decideArrival(bytes(auditAction({ id: 'a-1' }, { name: '' })), 'patrol.audit-actions');
    expect(verdict).toMatchObject({
      kind: 'dead',
      reason: 'schema',
      envelope: { appId: 'demo', event: { id: 'a-1' } },
    });
  });

  it('security EV: reasons quote neither values nor the parser', () => {
    const verdict = decideArrival(
      bytes(auditAction({}, { username: { secret: 'hunter2' } })),
      'patrol.audit-actions',
    );
    expect(verdict).toMatchObject({ kind: 'dead', detail: expect.stringContaining('data.username') });
    expect(JSON.stringify(verdict)).toContain('dana');
    expect((verdict as { detail: string }).detail).not.toContain('hunter2');
  });

  it('contracts: applications are compared without case', () => {
    expect(envelope({ appid: 'DEMO' }).appId).toBe('demo');
  });
});

describe('the key of order', () => {
  it('design Events: an outside event is ordered by application and user, whatever its key', () => {
    const one = orderKey(envelope({ subject: 'Dana ' }), 'patrol.audit-actions', 'x');
    expect(one).toBe('demo:dana');
    expect(orderKey(envelope({ subject: 'dana' }), 'patrol.audit-actions', null)).toBe(one);
  });

  it('design Events: ours is the key of the record', () => {
    expect(orderKey(envelope({}), 'mfa.users', 'u-1')).toBe('u-1');
  });

  it('a key too long for an index orders nothing', () => {
    expect(orderKey(envelope({ subject: 'x'.repeat(2000) }), 'patrol.audit-actions', null)).toBeUndefined();
    expect(orderKey(envelope({}), 'mfa.users', null)).toBeUndefined();
  });
});
