import { SCOPES } from '@countersign/contracts';
import { type Creator, decideNewKey, type KeyRights } from './key-subset.decide.ts';

const later = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
const creator = (more: Partial<Creator> = {}): Creator => ({
  appId: 'bank',
  isPlatform: false,
  scopes: ['app:write', 'external:verify'],
  constraints: {},
  expiresAt: null,
  ...more,
});
const wanted = (more: Partial<KeyRights> = {}): KeyRights => ({
  scopes: ['external:verify'],
  constraints: {},
  expiresAt: null,
  ...more,
});
const field = (by: Creator, key: KeyRights, appId = by.appId) => {
  const decision = decideNewKey(by, appId, key);
  return decision.ok ? 'ok' : (decision.refusal.field ?? decision.refusal.code);
};

describe('a key creates only keys with a subset of its own rights', () => {
  it('accepts the same and fewer scopes, refuses others', () => {
    expect(field(creator(), wanted({ scopes: ['app:write', 'external:verify'] }))).toBe('ok');
    expect(field(creator(), wanted({ scopes: [] }))).toBe('ok');
    expect(field(creator(), wanted({ scopes: ['external:verify', 'ops:read'] }))).toBe('scopes');
  });

  it('keeps contexts bounded: absent means any and is wider', () => {
    const bounded = creator({ constraints: { contexts: ['login', 'event'] } });
    expect(field(bounded, wanted({ constraints: { contexts: ['event'] } }))).toBe('ok');
    expect(field(bounded, wanted())).toBe('constraints.contexts');
    expect(field(bounded, wanted({ constraints: { contexts: ['event', 'transaction'] } }))).toBe(
      'constraints.contexts',
    );
    expect(field(creator(), wanted({ constraints: { contexts: ['event'] } }))).toBe('ok');
  });

  it('EXT-12: keeps amr and acr bounded: absent means none and the lowest', () => {
    const strong = creator({ constraints: { amr: ['pwd', 'otp'], acr: 'aal2' } });
    expect(field(strong, wanted({ constraints: { amr: ['otp'], acr: 'aal2' } }))).toBe('ok');
    expect(field(strong, wanted())).toBe('ok');
    expect(field(strong, wanted({ constraints: { acr: 'aal3' } }))).toBe('constraints.acr');
    expect(field(strong, wanted({ constraints: { amr: ['hwk'] } }))).toBe('constraints.amr');
    expect(field(creator(), wanted({ constraints: { acr: 'aal2' } }))).toBe('constraints.acr');
    expect(field(creator(), wanted({ constraints: { amr: ['otp'] } }))).toBe('constraints.amr');
  });

  it('EXT-12: keeps the category: two keys of one maker never vouch for two categories', () => {
    const knows = creator();
    const holds = creator({ constraints: { category: 'possession' } });
    expect(field(knows, wanted({ constraints: { category: 'knowledge' } }))).toBe('ok');
    expect(field(knows, wanted({ constraints: { category: 'possession' } }))).toBe('constraints.category');
    expect(field(holds, wanted({ constraints: { category: 'possession' } }))).toBe('ok');
    expect(field(holds, wanted())).toBe('constraints.category');
    expect(field(holds, wanted({ constraints: { category: 'inherence' } }))).toBe('constraints.category');
    const platform = creator({ appId: 'platform', isPlatform: true });
    expect(field(platform, wanted({ constraints: { category: 'inherence' } }), 'shop')).toBe('ok');
  });

  it('does not let a key outlive the one that made it', () => {
    const ending = creator({ expiresAt: later(1) });
    expect(field(ending, wanted({ expiresAt: later(1) }))).toBe('ok');
    expect(field(ending, wanted({ expiresAt: later(2) }))).toBe('expiresInSeconds');
    expect(field(ending, wanted())).toBe('expiresInSeconds');
  });

  it('API-01: makes keys for another application only as the platform', () => {
    const key = wanted({ constraints: { acr: 'aal3', amr: ['hwk'] } });
    expect(field(creator({ scopes: SCOPES }), key, 'shop')).toBe('access/application-not-found');
    const platform = creator({ appId: 'platform', isPlatform: true, scopes: SCOPES });
    expect(field(platform, key, 'shop')).toBe('ok');
    expect(field({ ...platform, constraints: { acr: 'aal1' } }, key, 'shop')).toBe('constraints.acr');
    expect(field({ ...platform, scopes: ['app:write'] }, key, 'shop')).toBe('scopes');
  });
});
