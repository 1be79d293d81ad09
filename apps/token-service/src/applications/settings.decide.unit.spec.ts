import { decideSettings, mergeSettings, type SettingsFacts } from './settings.decide.ts';

const facts = (more: Partial<SettingsFacts> = {}): SettingsFacts => ({
  profile: 'development',
  busTrust: undefined,
  hostSuffixes: ['localhost'],
  byPlatform: true,
  ...more,
});

describe('settings of an application', () => {
  it('merges member by member and replaces arrays whole', () => {
    const merged = mergeSettings(
      { budgets: { eventChallengesPerHour: 7 }, origins: ['https://a.example'] },
      { budgets: { eventChallengesPerDay: 20 }, origins: [] },
    );
    expect(merged).toEqual({
      budgets: { eventChallengesPerHour: 7, eventChallengesPerDay: 20 },
      origins: [],
    });
  });

  it('keeps what was set and not the defaults, and answers with both', () => {
    const decision = decideSettings({}, { externalTokenTtlSeconds: 30 }, facts());
    expect(decision).toMatchObject({
      ok: true,
      value: { set: { externalTokenTtlSeconds: 30 }, effective: { accountExistence: 'conceal' } },
    });
    expect(decision.ok && Object.keys(decision.value.set)).toEqual(['externalTokenTtlSeconds']);
  });

  it('security 19: refuses a token life outside 30 to 300 seconds, naming the field', () => {
    for (const seconds of [29, 301, 1.5, '60']) {
      expect(decideSettings({}, { externalTokenTtlSeconds: seconds }, facts())).toMatchObject({
        ok: false,
        refusal: { code: 'request/invalid', field: 'settings.externalTokenTtlSeconds' },
      });
    }
  });

  it('security 36: refuses unknown settings and does not follow __proto__', () => {
    expect(decideSettings({}, { isAdmin: true }, facts())).toMatchObject({ ok: false });
    const poisoned = mergeSettings({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(poisoned)).toBe(Object.prototype);
  });

  it.each([
    ['production', undefined, false],
    ['production', 'acl', true],
    ['development', undefined, true],
  ] as const)('EV-01: trust broker in %s with bus trust %s', (profile, busTrust, ok) => {
    const decision = decideSettings({}, { auditActions: { trust: 'broker' } }, facts({ profile, busTrust }));
    expect(decision.ok).toBe(ok);
    if (!decision.ok) expect(decision.refusal.code).toBe('token/trust-refused');
  });

  it('API-01: only the platform gives host names to an application', () => {
    const change = { hostAliases: ['login.bank.example'] };
    expect(decideSettings({}, change, facts({ byPlatform: false }))).toMatchObject({
      ok: false,
      refusal: { code: 'access/forbidden' },
    });
    expect(decideSettings({}, change, facts()).ok).toBe(true);
  });

  it.each(['demo.localhost', 'localhost', '127.0.0.1', '[::1]', 'Bank.example', 'a..b', '', 'bank.example.'])(
    'takes no host name that is an address or names an application already: %s',
    (host) => {
      expect(decideSettings({}, { hostAliases: [host] }, facts())).toMatchObject({
        refusal: { code: 'request/invalid', field: 'settings.hostAliases' },
      });
    },
  );

  it('refuses a private key among the producer keys', () => {
    const key = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'secret' };
    expect(decideSettings({}, { auditActions: { producerKeys: [key] } }, facts()).ok).toBe(false);
  });

  it.each([
    ['a line break', 'otp.email.subject', 'Code\nBcc: x@evil.example'],
    ['a line separator', 'otp.email.subject', 'Code\u2028Bcc'],
    ['a name that makes it too long', 'otp.email.subject', '{app}{app}'],
    ['no code', 'otp.email.text', 'Hello {app}'],
    ['no code', 'otp.sms.text', 'Hello'],
    ['names that make it too long for an SMS', 'otp.sms.text', '{code}'.padEnd(60, '{app}{app}')],
    ['a port', 'rpId', 'bank.example:8443'],
    ['a URL', 'rpId', 'https://bank.example'],
    ['an address', 'rpId', '192.0.2.1'],
    ['an empty label', 'rpId', 'bank..example'],
  ])('OTP-10, WA-03: refuses what cannot work: %s in %s', (_, field, value) => {
    const change = field.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    expect(decideSettings({}, change as Record<string, unknown>, facts())).toMatchObject({
      refusal: { code: 'request/invalid', field: `settings.${field}` },
    });
  });

  it('takes texts of several lines, and an RP id without regard to case', () => {
    const otp = {
      email: { subject: '{code}: {app}', text: 'Hello\n{code}' },
      sms: { text: '{code}\n{app}' },
    };
    const decision = decideSettings({}, { otp, rpId: 'Bank.EXAMPLE' }, facts());
    expect(decision).toMatchObject({ ok: true, value: { effective: { otp, rpId: 'bank.example' } } });
  });

  it.each([
    ['half a surrogate pair', 'settings.origins.0', { origins: ['\ud800'] }],
    ['half a surrogate pair as a name', 'settings', { ['\udc00']: 1 }],
    ['NUL', 'settings.defaultPolicies.login', { defaultPolicies: { login: 'a\0' } }],
    ['endless nesting', /^settings\.a\.a\./, JSON.parse('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000))],
  ])('API-07: refuses what no column keeps, with its field: %s', (_, field, change) => {
    const decision = decideSettings({}, change as Record<string, unknown>, facts());
    expect(decision).toMatchObject({
      refusal: { code: 'request/invalid', field: expect.stringMatching(field) },
    });
  });

  it('enumeration: an open registration, which tells who exists, goes with disclose alone', () => {
    const refusal = { code: 'request/invalid', field: 'settings.openRegistration' };
    const open = { openRegistration: true };
    expect(decideSettings({}, open, facts())).toMatchObject({ refusal });
    expect(decideSettings({}, { ...open, accountExistence: 'disclose' }, facts()).ok).toBe(true);
    const before = { ...open, accountExistence: 'disclose' };
    expect(decideSettings(before, { accountExistence: 'conceal' }, facts())).toMatchObject({ refusal });
  });
});
