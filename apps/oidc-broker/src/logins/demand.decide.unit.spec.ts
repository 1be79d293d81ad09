import { type Asked, demandOf, hintOf, isFirstFactorAnew, modeOf, wantedAcrOf } from './demand.decide.ts';

const asked = (
  prompt: { name?: string; reasons?: string[]; details?: Record<string, unknown> } = {},
  params: Record<string, unknown> = {},
): Asked => ({
  prompt: { name: 'login', reasons: ['no_session'], details: {}, ...prompt },
  params: { scope: 'openid profile', ...params },
});

describe('what the provider asks for', () => {
  it('seed V1: scope 2fa makes it a second factor, and nothing like it does', () => {
    expect(modeOf(asked({}, { scope: 'openid 2fa' }))).toBe('second-factor');
    for (const scope of ['openid', '2fa_link openid', 'openid 2FA', undefined])
      expect(modeOf(asked({}, { scope }))).toBe('login');
  });

  it('an empty hint is none', () => {
    expect(hintOf(asked({}, { login_hint: 'dana' }))).toBe('dana');
    for (const login_hint of ['', '  ', undefined, 5])
      expect(hintOf(asked({}, { login_hint }))).toBeUndefined();
  });

  it.each([
    [['no_session'], true],
    [['login_prompt'], true],
    [['max_age'], true],
    [['id_token_hint'], true],
    [['first_factor_missing'], true],
    [['essential_acr'], false],
    [['essential_acrs'], false],
    [['acr_values'], false],
    [['acr_values', 'max_age'], true],
    [[], true],
  ])('prompt login because of %j: the first factor anew: %s', (reasons, expected) => {
    expect(isFirstFactorAnew(asked({ reasons }))).toBe(expected);
  });

  it('prompts of MFA and consent want no first factor anew', () => {
    expect(isFirstFactorAnew(asked({ name: 'mfa', reasons: ['client_mfa'] }))).toBe(false);
    expect(isFirstFactorAnew(asked({ name: 'consent', reasons: ['op_scopes_missing'] }))).toBe(false);
  });

  it('ST-15: an essential acr is wanted whatever the prompt, else acr_values that are ours', () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['aal2', 'other', 5] } } });
    for (const name of ['login', 'mfa', 'consent'])
      expect(wantedAcrOf(asked({ name }, { claims }))).toEqual(['aal2']);
    const one = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } });
    expect(wantedAcrOf(asked({}, { claims: one, acr_values: 'aal1' }))).toEqual(['aal2']);
    const wished = JSON.stringify({ id_token: { acr: { values: ['aal2'] } } });
    expect(wantedAcrOf(asked({}, { claims: wished }))).toEqual([]);
    expect(wantedAcrOf(asked({}, { acr_values: 'aal2 urn:x aal1' }))).toEqual(['aal2', 'aal1']);
    const foreign = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:x' } } });
    expect(wantedAcrOf(asked({}, { claims: foreign }))).toEqual(['impossible']);
    for (const broken of ['{', 'null', '{"id_token":null}', '{"id_token":{"acr":null}}'])
      expect(wantedAcrOf(asked({}, { claims: broken }))).toEqual([]);
  });

  it('consent: the scopes that are missing or wait; all of them where the client asks again', () => {
    const details = { missingOIDCScope: ['profile'], missingOIDCClaims: ['email'], protectedScopes: ['pay'] };
    const scope = 'openid profile pay read';
    const missing = asked({ name: 'consent', reasons: ['op_scopes_missing'], details }, { scope });
    expect(demandOf(missing)).toMatchObject({
      prompt: 'consent',
      scopes: ['profile', 'pay'],
      claims: ['email'],
    });
    const again = asked({ name: 'consent', reasons: ['consent_prompt'] }, { scope });
    expect(demandOf(again).scopes).toEqual(['openid', 'profile', 'pay', 'read']);
    const unasked = asked(
      { name: 'consent', reasons: ['x'], details: { missingOIDCScope: ['evil'] } },
      { scope },
    );
    expect(demandOf(unasked).scopes).toEqual([]);
  });

  it('the policy is what the provider names; 2fa_link is a scope', () => {
    expect(demandOf(asked({ name: 'mfa', details: { policy: 'strong' } }))).toMatchObject({
      ...{ prompt: 'mfa', policy: 'strong' },
    });
    expect(demandOf(asked({}, { scope: 'openid 2fa 2fa_link' })).link).toBe(true);
    expect(demandOf(asked()).link).toBeUndefined();
  });
});
