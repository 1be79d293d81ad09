import type { Login, Proof } from './login.types.ts';
import type { LoginFacts } from './next-step.decide.ts';
import { outcomeOf } from './outcome.decide.ts';

const NOW = 1_800_000_000;
const password: Proof = { factor: 'password', at: NOW - 100, amr: ['pwd'], acr: 'aal1' };
const mfa: Proof = { factor: 'mfa', at: NOW, amr: ['pwd', 'sms', 'mfa'], acr: 'aal2', policy: 'mfa' };
const done = { kind: 'done' as const, granted: [], rejected: [] };

const login = (more: Partial<Login> = {}): Login => ({
  ...{ uid: 'u', appId: 'demo', clientId: 'shop', mode: 'login', version: 0, userId: 'd', username: 'dana' },
  ...{ proofs: [], data: {}, demand: { prompt: 'login', scopes: [], claims: [] }, expiresAt: NOW },
  ...more,
});
const facts = (held: Proof[] = []): LoginFacts => ({
  ...{ now: NOW, held, wantedAcr: [], strongPolicy: 'mfa', deviceStandsIn: false },
  ...{ mayRemember: false, scopes: [], isConsentImplied: false, isEnrolled: false },
});

describe('outcomeOf', () => {
  it('a step-up is no younger login: auth_time stays that of the first factor', () => {
    const { result } = outcomeOf(login({ proofs: [mfa] }), facts([password]), done, NOW);
    const account = { accountId: 'd', ts: NOW - 100 };
    expect(result).toEqual({ login: { ...account, amr: ['pwd', 'sms', 'mfa'], acr: 'aal2' }, proofs: [mfa] });
  });

  it('security 17: the password anew makes the login younger, and says no more than was shown', () => {
    const anew = { ...password, at: NOW };
    const alone = outcomeOf(login({ proofs: [anew] }), facts(), done, NOW);
    expect(alone.result.login).toEqual({ accountId: 'd', ts: NOW, amr: ['pwd'], acr: 'aal1' });
  });

  it('C9: a device is a proof of this client and policy, raises nothing, and is told as skipped MFA', () => {
    const { result, proofs, event } = outcomeOf(
      login({ proofs: [password] }),
      facts(),
      { ...done, skipped: 'mfa' },
      NOW,
    );
    const device = { factor: 'device', at: NOW, amr: [], acr: 'aal1', policy: 'mfa', clientId: 'shop' };
    expect(proofs).toEqual([password, device]);
    expect(result).toMatchObject({ login: { acr: 'aal1', amr: ['pwd'] }, proofs: [password, device] });
    expect(event).toEqual({
      ...{ userId: 'd', clientId: 'shop', amr: ['pwd'], acr: 'aal1', policy: 'mfa' },
      ...{ secondFactor: false, mfaSkipped: true },
    });
  });

  it('consent alone is no sign-in: no event, and the login stays as it is', () => {
    const demand = { prompt: 'consent', scopes: [], claims: [] } as const;
    const one = login({ demand: { ...demand, scopes: [], claims: [] } });
    expect(outcomeOf(one, facts([password]), done, NOW)).toEqual({ result: { proofs: [] }, proofs: [] });
  });

  it('seed V3: a second factor tells of the passcode alone, and nothing that a session would adopt', () => {
    const passcode: Proof = { factor: 'image-passcode', at: NOW - 1, amr: ['kba'], acr: 'aal1' };
    const second = login({ mode: 'second-factor', proofs: [passcode] });
    const { result, event } = outcomeOf(second, facts([password, mfa]), done, NOW);
    expect(result).toEqual({
      secondFactor: { accountId: 'd', at: NOW - 1, amr: ['kba'], acr: 'aal1' },
      proofs: [],
    });
    expect(event).toMatchObject({ secondFactor: true, acr: 'aal1', amr: ['kba'] });
  });
});
