import type { Login, Proof } from './login.types.ts';
import { type LoginFacts, nextStep } from './next-step.decide.ts';

const NOW = 1_800_000_000;
const password: Proof = { factor: 'password', at: NOW, amr: ['pwd'], acr: 'aal1' };
const mfa = (more: Partial<Proof> = {}): Proof => ({
  ...{ factor: 'mfa', at: NOW, amr: ['sms'], acr: 'aal2', policy: 'mfa' },
  ...more,
});
const demand = { prompt: 'login', scopes: ['openid'], claims: [] } as const;

const login = (more: Partial<Login> = {}): Login => ({
  ...{ uid: 'u', appId: 'demo', clientId: 'shop', mode: 'login', version: 0, userId: 'd', username: 'dana' },
  ...{ proofs: [], data: {}, demand: { ...demand, scopes: ['openid'], claims: [] }, expiresAt: NOW + 600 },
  ...more,
});
const facts = (more: Partial<LoginFacts> = {}): LoginFacts => ({
  ...{
    now: NOW,
    held: [],
    wantedAcr: [],
    strongPolicy: 'mfa',
    deviceStandsIn: false,
  },
  ...{ mayRemember: false, scopes: [], isConsentImplied: false, isEnrolled: false },
  ...more,
});
const step = (name: string, policy?: string) => ({ kind: 'step', step: name, ...(policy && { policy }) });
const done = { kind: 'done', granted: [], rejected: [] };
const asked = (prompt: 'login' | 'mfa' | 'consent', more: object = {}) => ({
  demand: { prompt, scopes: ['openid'], claims: [], ...more },
});

describe('the first factor', () => {
  it('is a password unless the user chose a passkey', () => {
    expect(nextStep(login(), facts())).toEqual(step('password'));
    expect(nextStep(login({ data: { identify: { first: 'passkey' } } }), facts())).toEqual(step('passkey'));
  });

  it('ST-09: MFA, a passcode or a device alone are none', () => {
    for (const factor of ['mfa', 'image-passcode', 'device'] as const)
      expect(nextStep(login({ proofs: [mfa({ factor })] }), facts({ deviceStandsIn: true }))).toEqual(
        step('password'),
      );
  });

  it('may be the session’s', () => {
    expect(nextStep(login(), facts({ held: [password] }))).toEqual(done);
    expect(nextStep(login({ proofs: [password] }), facts())).toEqual(done);
  });
});

describe('MFA of the client', () => {
  const of = { mfa: { policy: 'mfa' } };

  it('C1: comes after the first factor, and before the end', () => {
    expect(nextStep(login(), facts(of))).toEqual(step('password'));
    expect(nextStep(login({ proofs: [password] }), facts(of))).toEqual(step('mfa', 'mfa'));
    expect(nextStep(login({ proofs: [password, mfa()] }), facts(of))).toEqual(done);
  });

  it('C1: of another policy is none; the session’s counts as long as the client says', () => {
    expect(nextStep(login({ proofs: [password, mfa({ policy: 'x' })] }), facts(of))).toEqual(
      step('mfa', 'mfa'),
    );
    expect(nextStep(login(), facts({ ...of, held: [password, mfa({ at: NOW - 9999 })] }))).toEqual(done);
    const young = { mfa: { policy: 'mfa', maxAgeSeconds: 300 } };
    const old = facts({ ...young, held: [password, mfa({ at: NOW - 301 })] });
    expect(nextStep(login(), old)).toEqual(step('mfa', 'mfa'));
  });

  it('a proof of this very login counts however long its other pages took', () => {
    const each = facts({ mfa: { policy: 'mfa', maxAgeSeconds: 0 }, now: NOW + 500 });
    expect(nextStep(login({ proofs: [password, mfa()] }), each)).toEqual(done);
  });

  it('ST-17: what the provider found wanting must be shown in this login', () => {
    const held = facts({ ...of, held: [password, mfa()] });
    expect(nextStep(login(asked('mfa', { policy: 'mfa' })), held)).toEqual(step('mfa', 'mfa'));
    expect(nextStep(login({ ...asked('mfa', { policy: 'mfa' }), proofs: [mfa()] }), held)).toEqual(done);
  });

  it('C9: a device stands in for it, and that is told', () => {
    const known = facts({ ...of, deviceStandsIn: true });
    expect(nextStep(login({ proofs: [password] }), known)).toEqual({ ...done, skipped: 'mfa' });
    expect(nextStep(login(), known)).toEqual(step('password'));
  });

  it('C9: a device that the session holds from before is asked about again', () => {
    const device = mfa({ factor: 'device', clientId: 'shop' });
    expect(nextStep(login(), facts({ ...of, held: [password, device] }))).toEqual(step('mfa', 'mfa'));
  });

  it('C9: remembering is offered once, after MFA was shown here', () => {
    const may = facts({ ...of, mayRemember: true });
    const shown = { proofs: [password, mfa()] };
    expect(nextStep(login(shown), may)).toEqual(step('remember'));
    expect(nextStep(login({ ...shown, data: { identify: { remember: 'no' } } }), may)).toEqual(done);
    expect(nextStep(login({ ...shown, data: { identify: { remember: 'yes' } } }), may)).toEqual(done);
    expect(nextStep(login(), facts({ ...of, mayRemember: true, held: [password, mfa()] }))).toEqual(done);
    expect(nextStep(login(shown), facts({ mayRemember: true }))).toEqual(done);
  });
});

describe('an essential acr', () => {
  const aal2 = { wantedAcr: ['aal2'] };

  it('ST-15: is reached by MFA, or there is no code', () => {
    expect(nextStep(login({ proofs: [password] }), facts(aal2))).toEqual(step('mfa', 'mfa'));
    expect(nextStep(login({ proofs: [password, mfa()] }), facts(aal2))).toEqual(done);
    expect(nextStep(login({ proofs: [password, mfa({ acr: 'aal1' })] }), facts(aal2))).toEqual({
      kind: 'unmet',
    });
    expect(nextStep(login({ proofs: [password, mfa()] }), facts({ wantedAcr: ['aal3'] }))).toEqual({
      kind: 'unmet',
    });
  });

  it('ST-15: what the session holds counts', () => {
    const held = { held: [password, mfa()] };
    expect(nextStep(login(), facts({ ...aal2, ...held }))).toEqual(done);
    expect(nextStep(login({ proofs: [password] }), facts(aal2))).toEqual(step('mfa', 'mfa'));
  });

  it('C9: a device never stands in, neither for the acr nor for the client’s MFA beside it', () => {
    const known = { deviceStandsIn: true, mfa: { policy: 'mfa' } };
    expect(nextStep(login({ proofs: [password] }), facts({ ...aal2, ...known }))).toEqual(step('mfa', 'mfa'));
    const strongKey: Proof = { ...password, factor: 'passkey', acr: 'aal2' };
    expect(nextStep(login({ proofs: [strongKey] }), facts({ ...aal2, ...known }))).toEqual(
      step('mfa', 'mfa'),
    );
    expect(nextStep(login({ proofs: [strongKey] }), facts(aal2))).toEqual(done);
  });
});

describe('consent', () => {
  const scopes = [{ name: 'openid' }, { name: 'read' }, { name: 'pay', mfa: { policy: 'mfa' } }];
  const consent = asked('consent', { scopes: ['openid', 'read', 'pay'] });
  const held = { held: [password], scopes };
  const ticked = (...names: string[]) => ({ data: { consent: { ticked: names, claims: true } } });

  it('is asked, and what is unticked is rejected', () => {
    expect(nextStep(login(consent), facts(held))).toEqual(step('consent'));
    const chosen = nextStep(login({ ...consent, ...ticked('openid') }), facts(held));
    expect(chosen).toEqual({ kind: 'done', granted: ['openid'], rejected: ['read', 'pay'] });
  });

  it('C4: a ticked protected scope waits for MFA of its policy; others go with it and are unaffected', () => {
    const chosen = { ...consent, ...ticked('openid', 'read', 'pay') };
    expect(nextStep(login(chosen), facts(held))).toEqual(step('scope-mfa', 'mfa'));
    const shown = login({ ...chosen, proofs: [mfa({ consentUid: 'u' })] });
    expect(nextStep(shown, facts(held))).toEqual({
      kind: 'done',
      granted: ['openid', 'read', 'pay'],
      rejected: [],
    });
    const without = { consent: { ticked: ['openid', 'read', 'pay'], claims: true, without: true } };
    const left = nextStep(login({ ...consent, data: without }), facts(held));
    expect(left).toEqual({ kind: 'done', granted: ['openid', 'read'], rejected: ['pay'] });
  });

  it('C4: the login’s MFA is not the scope’s; a remembered device never is', () => {
    const chosen = { ...consent, ...ticked('openid', 'pay') };
    const loggedIn = facts({ held: [password, mfa()], scopes, deviceStandsIn: true });
    expect(nextStep(login(chosen), loggedIn)).toEqual(step('scope-mfa', 'mfa'));
  });

  it('C9: a client’s MFA that a device stood in for is not asked for at consent', () => {
    const of = { ...held, mfa: { policy: 'mfa' }, scopes: scopes.slice(0, 2) };
    expect(nextStep(login(consent), facts(of))).toEqual(step('consent'));
  });

  it('C4: two policies are asked for one after the other', () => {
    const two = [...scopes, { name: 'admin', mfa: { policy: 'strong' } }];
    const chosen = { ...consent, ...ticked('openid', 'pay', 'admin') };
    const first = login({ ...chosen, proofs: [mfa({ consentUid: 'u' })] });
    expect(nextStep(first, facts({ ...held, scopes: two }))).toEqual(step('scope-mfa', 'strong'));
  });

  it('an application’s own client asks nobody, but protected scopes still wait', () => {
    const implied = { ...held, isConsentImplied: true };
    expect(nextStep(login(consent), facts(implied))).toEqual(step('scope-mfa', 'mfa'));
    const plain = nextStep(login(consent), facts({ ...implied, scopes: scopes.slice(0, 2) }));
    expect(plain).toEqual({ kind: 'done', granted: ['openid', 'read'], rejected: [] });
  });

  it('a scope that was not asked for cannot be ticked', () => {
    const chosen = nextStep(login({ ...consent, ...ticked('openid', 'everything') }), facts(held));
    expect(chosen).toMatchObject({ granted: ['openid'] });
  });

  it('openid itself may be protected: without its MFA there is no answer', () => {
    const all = [{ name: 'openid', mfa: { policy: 'mfa' } }];
    const without = { consent: { ticked: ['openid'], claims: true, without: true } };
    expect(nextStep(login({ ...consent, data: without }), facts({ ...held, scopes: all }))).toEqual({
      kind: 'unmet',
    });
  });
});

describe('openid 2fa', () => {
  const second = { mode: 'second-factor' as const };
  const passcode: Proof = { factor: 'image-passcode', at: NOW, amr: ['kba'], acr: 'aal1' };

  it('seed V1: asks who it is only where nobody said so, then for the passcode', () => {
    const { username: _username, ...unnamed } = login(second);
    expect(nextStep(unnamed, facts())).toEqual(step('identify'));
    expect(nextStep(login(second), facts())).toEqual(step('image-passcode'));
    expect(nextStep(login({ ...second, proofs: [passcode] }), facts())).toMatchObject({ kind: 'done' });
  });

  it('seed V1: nothing else is a second factor, not even what the session holds', () => {
    const held = facts({ held: [password, mfa(), passcode], deviceStandsIn: true });
    expect(nextStep(login({ ...second, proofs: [password, mfa()] }), held)).toEqual(step('image-passcode'));
  });

  it('seed V11: 2fa_link makes a passcode for whoever has none; who has one is asked for it', () => {
    const link = { ...second, ...asked('login', { link: true }) };
    expect(nextStep(login(link), facts())).toEqual(step('image-passcode-enrol'));
    expect(nextStep(login(link), facts({ isEnrolled: true }))).toEqual(step('image-passcode'));
    expect(nextStep(login(second), facts({ isEnrolled: false }))).toEqual(step('image-passcode'));
  });
});
