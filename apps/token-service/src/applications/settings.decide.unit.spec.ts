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
});
