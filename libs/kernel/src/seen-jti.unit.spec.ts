import { FixedClock, memorySeenJti, secondsAfter } from './index.ts';

describe('memorySeenJti', () => {
  it('says no once and yes until the message has expired', () => {
    const clock = new FixedClock();
    const seen = memorySeenJti(clock);
    const until = secondsAfter(clock.now(), 300);
    expect([seen('a', until), seen('a', until), seen('b', until)]).toEqual([false, true, false]);
    clock.advance(299);
    expect(seen('a', until)).toBe(true);
    clock.advance(1);
    expect(seen('a', secondsAfter(until, 60))).toBe(false);
  });

  it('one that lives longer neither keeps others used nor is forgotten with them', () => {
    const clock = new FixedClock();
    const seen = memorySeenJti(clock);
    const start = clock.now();
    expect(seen('long', secondsAfter(start, 600))).toBe(false);
    expect(seen('short', secondsAfter(start, 10))).toBe(false);
    clock.advance(11);
    expect(seen('short', secondsAfter(start, 20))).toBe(false);
    expect(seen('short', secondsAfter(start, 20))).toBe(true);
    clock.advance(580);
    expect(seen('long', secondsAfter(start, 600))).toBe(true);
  });
});
