import { DatabaseUnavailable } from '@countersign/persistence';
import fc from 'fast-check';
import { BACK_OFF_MS, judgeFailure, Permanent } from './worker.decide.ts';

const named = (name: string) => Object.assign(new Error('secret'), { name });

describe('what becomes of a failed event', () => {
  it.each([1_000, 5_000, 30_000, 120_000, 600_000])('design Events: waits about %d ms', (nominal) => {
    const attempts = BACK_OFF_MS.indexOf(nominal);
    expect(judgeFailure(new Error('x'), attempts, 0.5)).toEqual({ kind: 'retry', delayMs: nominal });
  });

  it('design Events: dies exhausted after the fifth wait, telling the error by name only', () => {
    expect(judgeFailure(named('Odd'), 5, 0.5)).toEqual({ kind: 'dead', reason: 'exhausted', detail: 'Odd' });
  });

  it('design Events: Permanent is dead at once, with its reason', () => {
    expect(judgeFailure(new Permanent('content-conflict', 'auditActionId'), 0, 0.5)).toEqual({
      kind: 'dead',
      reason: 'content-conflict',
      detail: 'auditActionId',
    });
    expect(judgeFailure(new Permanent('untrusted'), 0, 0.5)).toEqual({ kind: 'dead', reason: 'untrusted' });
  });

  it.each([new DatabaseUnavailable(), named('ServiceUnavailable')])(
    'an outage uses up no try (%s)',
    (error) => {
      expect(judgeFailure(error, 99, 0.5)).toEqual({ kind: 'outage', delayMs: 1_000 });
    },
  );

  it('what is thrown need not be an error', () => {
    expect(judgeFailure('boom', 0, 0.5)).toMatchObject({ kind: 'retry' });
  });

  it('the wait stays within a quarter of its nominal length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, jitter) => {
          const failure = judgeFailure(new Error('x'), n, jitter);
          const ratio = failure.kind === 'retry' ? failure.delayMs / BACK_OFF_MS[n]! : NaN;
          expect(ratio).toBeGreaterThanOrEqual(0.75);
          expect(ratio).toBeLessThanOrEqual(1.25);
        },
      ),
    );
  });
});
