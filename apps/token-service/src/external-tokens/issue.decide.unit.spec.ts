import type { ChallengeView, FlowView, KeyConstraints } from '@countersign/contracts';
import { decideForChallenge, decideForFlow, decideForLogin, type Vouching } from './issue.decide.ts';

const flow = (more: Partial<FlowView> = {}): FlowView => ({
  flowId: 'f1',
  appId: 'bank',
  userId: 'u1',
  usernameKey: 'dana',
  context: 'event',
  status: 'open',
  offersExternal: true,
  challengeId: 'c1',
  subjectDigest: 'digest',
  ...more,
});
const challenge = (more: Partial<ChallengeView> = {}): ChallengeView => ({
  challengeId: 'c1',
  appId: 'bank',
  userId: 'u1',
  usernameKey: 'dana',
  context: 'event',
  status: 'pending',
  subjectDigest: 'digest',
  ...more,
});
const vouching = (constraints: KeyConstraints = {}, more: Partial<Vouching> = {}): Vouching => ({
  appId: 'bank',
  username: ' DANA ',
  constraints,
  amr: [],
  ...more,
});
const set = (found: FlowView | undefined, by = vouching()) =>
  decideForFlow(by, { flow: found, mustOfferExternal: true });
const code = (decision: ReturnType<typeof set>) => (decision.ok ? 'ok' : decision.refusal.code);

describe('what an external token is bound to', () => {
  it('invariant 1: a token for a flow carries application, user, flow, context, challenge and digest', () => {
    expect(set(flow())).toEqual({
      ok: true,
      value: {
        appId: 'bank',
        userId: 'u1',
        context: 'event',
        flowId: 'f1',
        challengeId: 'c1',
        subjectDigest: 'digest',
        amr: ['ext'],
        acr: 'aal1',
        category: 'knowledge',
      },
    });
  });

  it('API-01: an unknown flow and a foreign one are the same', () => {
    const unknown = set(undefined);
    expect(code(unknown)).toBe('token/flow-not-found');
    expect(set(flow({ appId: 'shop' }))).toEqual(unknown);
  });

  it('EXT-02: another user than the flow’s is refused, whoever is asked about first', () => {
    expect(code(set(flow(), vouching({}, { username: 'eve' })))).toBe('token/user-mismatch');
    expect(code(set(flow({ status: 'completed' }), vouching({}, { username: 'eve' })))).toBe(
      'token/user-mismatch',
    );
    expect(code(decideForChallenge(vouching({}, { username: 'eve' }), challenge()))).toBe(
      'token/user-mismatch',
    );
  });

  it('a set token needs an open flow that offers external; a grant an open flow', () => {
    expect(code(set(flow({ status: 'completed' })))).toBe('token/flow-unfit');
    expect(code(set(flow({ offersExternal: false })))).toBe('token/flow-unfit');
    const grant = (found: FlowView) => decideForFlow(vouching(), { flow: found, mustOfferExternal: false });
    expect(code(grant(flow({ offersExternal: false })))).toBe('ok');
    expect(code(grant(flow({ status: 'failed' })))).toBe('token/flow-unfit');
    expect(code(decideForChallenge(vouching(), challenge({ status: 'denied' })))).toBe('token/flow-unfit');
  });

  it('a flow and a challenge named together belong together', () => {
    const facts = { flow: flow(), challengeId: 'c2', mustOfferExternal: false };
    expect(code(decideForFlow(vouching(), facts))).toBe('token/flow-not-found');
    expect(code(decideForFlow(vouching(), { ...facts, challengeId: 'c1' }))).toBe('ok');
  });

  it('a key vouches only in its contexts', () => {
    const loginOnly = vouching({ contexts: ['login'] });
    expect(code(set(flow(), loginOnly))).toBe('token/context-not-allowed');
    expect(code(decideForChallenge(loginOnly, challenge()))).toBe('token/context-not-allowed');
    expect(decideForLogin(loginOnly, { userId: 'u1', at: '2026-01-01T00:00:00Z' }).ok).toBe(true);
    expect(decideForLogin(vouching({ contexts: ['event'] }), { userId: 'u1', at: '' }).ok).toBe(false);
  });

  it('L4: with neither flow nor challenge it is for login flows that had begun when it was granted', () => {
    expect(decideForLogin(vouching(), { userId: 'u1', at: '2026-01-01T00:00:00Z' })).toEqual({
      ok: true,
      value: {
        appId: 'bank',
        userId: 'u1',
        context: 'login',
        grantedAt: '2026-01-01T00:00:00Z',
        amr: ['ext'],
        acr: 'aal1',
        category: 'knowledge',
      },
    });
  });

  it('EXT-02: a flow begun without a name takes any user’s; one that lost its name does not', () => {
    expect(set(flow({ userId: '', usernameKey: '' }))).toMatchObject({ value: { userId: '', flowId: 'f1' } });
    expect(code(set(flow({ usernameKey: '' })))).toBe('token/user-mismatch');
    expect(code(set(flow({ userId: '' }), vouching({}, { username: 'eve' })))).toBe('token/user-mismatch');
  });

  it('EXT-12: what is vouched for counts as what the key’s checks are', () => {
    expect(set(flow(), vouching({ category: 'possession' }))).toMatchObject({
      value: { category: 'possession' },
    });
  });

  it('EXT-12: claimed methods count only where the key may claim them; its acr is the only one', () => {
    const claims = { amr: ['otp', 'hwk', 'ext', 'otp'] };
    expect(set(flow(), vouching({ amr: ['otp', 'pwd'], acr: 'aal2' }, claims))).toMatchObject({
      value: { amr: ['ext', 'otp'], acr: 'aal2' },
    });
    expect(set(flow(), vouching({}, claims))).toMatchObject({ value: { amr: ['ext'], acr: 'aal1' } });
  });
});
