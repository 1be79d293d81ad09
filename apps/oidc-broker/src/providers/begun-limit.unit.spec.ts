import { BegunLimit, MOST_BEGUN, TooManyBegun } from './begun-limit.ts';

describe('what a network begins (API-09)', () => {
  let now = 0;
  const limit = new BegunLimit({ now: () => new Date(now) });
  const from = (address: string) => {
    const request = {} as never;
    limit.cameFrom(request, address);
    return request;
  };
  const times = (n: number, address: string, appId = 'demo') => {
    for (let i = 0; i < n; i++) limit.count(appId, from(address));
  };

  it('is at most so many in a minute, of its /64 and at one application; then it goes on', () => {
    times(MOST_BEGUN - 1, '2001:db8:1:1::1');
    now = 15_000;
    times(1, '2001:db8:1:1::2');
    expect(() => times(1, '2001:db8:1:1:ffff::3')).toThrow(TooManyBegun);
    expect(() => times(1, '2001:db8:1:1::1')).toThrow(expect.objectContaining({ retryAfterSeconds: 45 }));
    times(1, '2001:db8:1:2::1');
    times(1, '2001:db8:1:1::1', 'other');
    now = 60_000;
    times(MOST_BEGUN, '2001:db8:1:1::1');
    expect(() => times(1, '2001:db8:1:1::1')).toThrow(TooManyBegun);
  });

  it('no less than ten thousand: many people are behind one address', () => {
    expect(MOST_BEGUN).toBeGreaterThanOrEqual(10_000);
  });
});
