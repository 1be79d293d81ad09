import { COMMON_PASSWORDS } from './common-passwords.ts';
import { checkNewPassword, forbiddenNames, PASSWORD_MAX_BYTES, preparePassword } from './password.decide.ts';

const names = forbiddenNames('Dana.Scully@example.com', { appId: 'demo', name: 'First Bank' });
const check = (password: string, minLength = 15) =>
  checkNewPassword(password, { minLength, common: COMMON_PASSWORDS, names });
const detailOf = (password: string, minLength = 15) => {
  const checked = check(password, minLength);
  return checked.ok ? undefined : checked.refusal.detail;
};

describe('a new password (security 12)', () => {
  it.each([
    ['words', 'orange boat sails north'],
    ['64 characters', 'the quick brown fox jumps over the lazy dog, twice before lunch!'],
    ['small letters only: there are no composition rules', 'hgkwqpzmvnxytrd'],
    ['digits only', '480217394028475'],
    ['another script', 'сухой лист на мокром камне'],
    ['emojis, each one character', '🦊🐙🌵🍋🧊🦉🐌🍄🌻🪁🛶🧦🎈🥨🧭'],
    ['as many bytes as there may be', `${'ab1-'.repeat(255)}x9qz`],
  ])('may be %s', (_case, password) => {
    expect(check(password)).toEqual({ ok: true, value: password });
  });

  it('NIST SP 800-63B-4 §3.1.1.2: has as many characters as the application says, not bytes or UTF-16 units', () => {
    expect(detailOf('hgkwqpzmvnxytr')).toBe('must have at least 15 characters');
    expect(detailOf('hgkwqpzm', 8)).toBeUndefined();
    expect(detailOf('hgkwqpz', 8)).toBe('must have at least 8 characters');
    expect(detailOf('🦊🐙🌵🍋🧊🦉🐌', 8)).toBe('must have at least 8 characters');
    expect(detailOf('🦊🐙🌵🍋🧊🦉🐌🍄', 8)).toBeUndefined();
  });

  it.each([
    ['a common one', 'qwertyuiop12345'],
    ['with another case', 'QwertyUIOP12345'],
    ['with digits after it', 'password2026!!!!'],
    ['with signs around it', '***iloveyou***2026'],
    ['two of them', 'sunshineiloveyou'],
    ['two of them, apart', 'sunshine-iloveyou'],
    ['two of them, the second of digits', 'monkey1123456789'],
    ['a keyboard walk', '1qaz2wsx3edc4rfv'],
  ])('is not one that is tried first: %s', (_case, password) => {
    expect(detailOf(password)).toBe('is one that many people use, or made of two of them');
  });

  it.each([
    ['one character', 'aaaaaaaaaaaaaaaa'],
    ['few characters', 'abcabdabcabdaacc'],
    ['repeated', 'kX9$qLw2kX9$qLw2'],
    ['repeated and cut', 'xyzpqxyzpqxyzpqxy'],
    ['counting', '1234567890123456'],
    ['the alphabet', 'abcdefghijklmnop'],
    ['the alphabet backwards', 'ponmlkjihgfedcba'],
  ])('is no pattern: %s', (_case, password) => {
    expect(detailOf(password)).toBe('must not be a sequence or a repetition');
  });

  it.each([
    ['the username', 'my dana.scully@example.com 7'],
    ['its first part, in another case', 'xx-DANA.Scully-77'],
    ['the application’s id', 'my demo login is long'],
    ['the application’s name', 'i love first bank so'],
    ['the service', 'countersign is my thing'],
  ])('does not hold %s', (_case, password) => {
    expect(detailOf(password)).toBe('must not contain the username or the application’s name');
  });

  it('names of three letters stand in passwords by chance', () => {
    const context = { minLength: 15, common: COMMON_PASSWORDS, names: ['ann', ' ', ''] };
    expect(checkNewPassword('the annual boat race', context).ok).toBe(true);
  });

  it.each([
    ['NUL', 'orange boat\0sails north'],
    ['a line break', 'orange boat\nsails north'],
  ])('has no control characters: %s', (_case, password) => {
    expect(detailOf(password)).toBe('must not contain control characters');
  });

  it('there are at least 3,000 common ones', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(3000);
    expect([...COMMON_PASSWORDS].filter((one) => one.length >= 8).length).toBeGreaterThan(3000);
  });
});

describe('a password as it is hashed', () => {
  it('RFC 8265 §4.2.2: NFC, and any space is a plain one; nothing else is changed', () => {
    expect(preparePassword('Zu\u0308rich')).toBe('Zürich');
    expect(preparePassword('a\u00a0b\u3000c')).toBe('a b c');
    for (const same of [' padded ', 'ﬁ', 'İ', 'ſecret', 'A\tb', ''])
      expect(preparePassword(same)).toBe(same.normalize('NFC'));
  });

  it('security 12: is never cut: what is too long is none', () => {
    expect(preparePassword('x'.repeat(PASSWORD_MAX_BYTES))).toHaveLength(PASSWORD_MAX_BYTES);
    expect(preparePassword('x'.repeat(PASSWORD_MAX_BYTES + 1))).toBeUndefined();
    expect(preparePassword('ü'.repeat(PASSWORD_MAX_BYTES / 2 + 1))).toBeUndefined();
    expect(preparePassword('語'.repeat(341))).toBeDefined();
    expect(preparePassword('語'.repeat(342))).toBeUndefined();
    expect(preparePassword('🦊'.repeat(256))).toBeDefined();
    expect(preparePassword('🦊'.repeat(257))).toBeUndefined();
  });

  it('half a surrogate pair is no text: two passwords would become one', () => {
    expect(preparePassword('secret\ud83e')).toBeUndefined();
    expect(check('orange boat sails \udd8a').ok).toBe(false);
  });
});
