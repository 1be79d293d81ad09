import {
  currentCausationId,
  currentCorrelationId,
  currentTrace,
  runAsHandlerOf,
  runWithCorrelationId,
  runWithTrace,
} from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-00`;

describe('trace context', () => {
  it('W3C Trace Context §3.2: keeps trace id and flags, and is a span of its own', () => {
    const span = runWithTrace(PARENT, currentTrace);
    expect(span).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(span).not.toBe(PARENT);
  });

  it.each([undefined, '', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff${PARENT.slice(2)}`])(
    'W3C Trace Context §3.2.2: a malformed parent (%s) begins a new trace',
    (parent) => {
      expect(runWithTrace(parent, currentTrace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    },
  );

  it('is gone outside, and follows asynchronous work inside', async () => {
    expect(currentTrace()).toBeUndefined();
    await runWithTrace(PARENT, () =>
      runWithCorrelationId('c-1', async () => {
        await Promise.resolve();
        expect([currentCorrelationId(), currentTrace()?.slice(3, 35)]).toEqual(['c-1', TRACE]);
      }),
    );
  });

  it('design Events: handling an event makes it the cause and passes its correlation on', () => {
    runAsHandlerOf({ id: 'e-1', traceparent: PARENT, correlationid: 'c-1' }, () => {
      expect([currentCausationId(), currentCorrelationId()]).toEqual(['e-1', 'c-1']);
    });
    expect(runAsHandlerOf({ id: 'e-1' }, currentCorrelationId)).toBe('e-1');
  });
});
