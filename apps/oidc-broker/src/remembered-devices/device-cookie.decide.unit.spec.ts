import { deviceCookie, deviceTokenOf } from './device-cookie.decide.ts';

const TOKEN = 'A'.repeat(43);

describe('the cookie of a remembered device', () => {
  it('SES-08: HttpOnly, SameSite, for the whole host; with https Secure and __Host-, so that no sub-domain sets it', () => {
    const set = { token: TOKEN, seconds: 60 };
    expect(deviceCookie('demo', { ...set, isSecure: true })).toBe(
      `__Host-cs-device-demo=${TOKEN}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure`,
    );
    expect(deviceCookie('demo', { ...set, isSecure: false })).toBe(
      `cs-device-demo=${TOKEN}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`,
    );
  });

  it('is read under exactly that name', () => {
    expect(deviceTokenOf(`a=b; cs-device-demo=${TOKEN};c=d`, 'demo', false)).toBe(TOKEN);
    expect(deviceTokenOf(`__Host-cs-device-demo=${TOKEN}`, 'demo', true)).toBe(TOKEN);
  });

  it.each([
    ['none', undefined],
    ['another application’s', `cs-device-other=${TOKEN}`],
    ['one that plain http may have set', `cs-device-demo2=${TOKEN}`],
    ['two: one of them was planted', `cs-device-demo=${TOKEN}; cs-device-demo=${'B'.repeat(43)}`],
    ['one that is too short', 'cs-device-demo=abc'],
    ['one with other characters', `cs-device-demo=${'%'.repeat(43)}`],
  ])('SES-08: %s is no token', (_what, header) => {
    expect(deviceTokenOf(header, 'demo', false)).toBeUndefined();
  });

  it('SES-08: with https, a cookie without the prefix is not looked at', () => {
    expect(deviceTokenOf(`cs-device-demo=${TOKEN}`, 'demo', true)).toBeUndefined();
  });
});
