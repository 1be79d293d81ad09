import { newUsernameSchema, tidyUsername, usernameKey, usernameSchema } from './usernames.ts';

const taken = (schema: typeof usernameSchema, name: string): boolean => schema.safeParse(name).success;

describe('usernames', () => {
  it('are compared trimmed, NFC and without case', () => {
    expect([tidyUsername('  Dana '), usernameKey(' DANA\n')]).toEqual(['Dana', 'dana']);
    expect(usernameKey('Zoe\u0308')).toBe(usernameKey('ZO\u00cb'));
  });

  it.each(['', '  ', 'a\u0007b', 'a'.repeat(257), '\ud800'])('%j is none', (name) => {
    expect([taken(usernameSchema, name), taken(newUsernameSchema, name)]).toEqual([false, false]);
  });
});

describe('names that somebody is to get', () => {
  it.each(['dana', 'dana@example.org', 'Zoë', '李雷', 'a.b', '...', '.profile', 'a b', '%2e%2e', '👍'])(
    '%j is one',
    (name) => {
      expect(taken(newUsernameSchema, name)).toBe(true);
    },
  );

  it.each(['.', '..', ' .. ', '. '])('%j is none: clients take it out of paths (RFC 3986 §5.2.4)', (name) => {
    expect(taken(newUsernameSchema, name)).toBe(false);
  });

  it.each([
    ['a zero-width space', 'ad\u200bmin'],
    ['a zero-width joiner', 'ad\u200dmin'],
    ['a soft hyphen', 'ad\u00admin'],
    ['a change of direction', '\u202enimda'],
    ['a byte order mark inside', 'ad\ufeffmin'],
    ['a tag', 'admin\u{e0041}'],
    ['a variation selector', 'admin\ufe0f'],
    ['a filler that counts as a letter', 'ad\u3164min'],
    ['a line separator', 'ad\u2028min'],
  ])('with %s it is none: it looks like another’s (RFC 8264 §9.13)', (_what, name) => {
    expect(taken(newUsernameSchema, name)).toBe(false);
  });

  it('that were given earlier are looked up as ever: they can be deleted', () => {
    expect([taken(usernameSchema, '..'), taken(usernameSchema, 'ad\u200bmin')]).toEqual([true, true]);
  });
});
