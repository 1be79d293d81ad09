import { endedIn, MOST_ATTEMPTS, pauseAfter } from './logout-notice.decide.ts';

describe('what a session that has ended means to clients', () => {
  const session = (members: object) =>
    JSON.stringify({ accountId: 'dana', origin: 'https://id.example', ...members });

  it('each client that is in it knows it by a sid of its own', () => {
    const authorizations = { shop: { sid: 's1', grantId: 'g' }, bank: { sid: 's2' } };
    const known = { userId: 'dana', origin: 'https://id.example' };
    expect(endedIn(session({ authorizations }))).toEqual([
      { clientId: 'shop', sid: 's1', ...known },
      { clientId: 'bank', sid: 's2', ...known },
    ]);
  });

  it('of sessions without a user, a client or a sid nobody is told', () => {
    expect(endedIn('{}')).toEqual([]);
    expect(endedIn(session({}))).toEqual([]);
    expect(endedIn(session({ authorizations: { shop: {} } }))).toEqual([]);
    expect(endedIn(JSON.stringify({ authorizations: { shop: { sid: 's' } } }))).toEqual([]);
  });

  it('one from before origins were kept is of the main one', () => {
    expect(endedIn(session({ origin: undefined, authorizations: { shop: { sid: 's' } } }))[0]?.origin).toBe(
      '',
    );
  });
});

it('tries are bounded, and further and further apart', () => {
  const pauses = Array.from({ length: MOST_ATTEMPTS }, (_, at) => pauseAfter(at + 1));
  expect(pauses.at(-1)).toBeUndefined();
  const waited = pauses.slice(0, -1).map(Number);
  expect(waited).toEqual(waited.toSorted((one, other) => one - other));
  expect(waited.reduce((all, one) => all + one)).toBeLessThan(3600);
});
