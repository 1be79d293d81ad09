import type { RedeemRequest } from '@countersign/contracts';
import { refusalReason, type StoredToken } from './refusal.decide.ts';

const request: RedeemRequest = {
  appId: 'bank',
  token: 'secret',
  flowId: 'f1',
  userId: 'u1',
  context: 'event',
  flowStartedAt: '2026-01-01T00:00:00Z',
  challengeId: 'c1',
  subjectDigest: 'digest',
  attempt: 'f1:1',
};
const stored: StoredToken = {
  appId: 'bank',
  userId: 'u1',
  context: 'event',
  flowId: 'f1',
  challengeId: 'c1',
  subjectDigest: 'digest',
  flowHadBegun: true,
  expired: false,
  consumed: false,
  keyAlive: true,
  replaced: false,
};

describe('why a token was refused (for the security event)', () => {
  it('has a reason for a token nobody issued', () => {
    expect(refusalReason(undefined, request)).toBe('unknown');
  });

  it.each<[string, Partial<StoredToken>]>([
    ['other-application', { appId: 'shop' }],
    ['other-user', { userId: 'u2' }],
    ['other-flow', { flowId: 'f2' }],
    ['other-flow', { context: 'login' }],
    ['other-flow', { challengeId: null }],
    ['other-flow', { flowId: null, flowHadBegun: false }],
    ['other-subject', { subjectDigest: 'else' }],
    ['used', { consumed: true }],
    ['replaced', { replaced: true }],
    ['key-revoked', { keyAlive: false }],
    ['expired', { expired: true }],
    ['unfit', {}],
  ])('EXT-02: names %s', (reason, more) => {
    expect(refusalReason({ ...stored, ...more }, request)).toBe(reason);
  });

  it('a flow that was begun without a name is nobody’s: a token of it is not another user’s', () => {
    const nameless = { ...request, userId: '' };
    expect(refusalReason(stored, nameless)).toBe('unfit');
    expect(refusalReason({ ...stored, flowId: null }, nameless)).toBe('other-flow');
    expect(refusalReason({ ...stored, flowId: 'f2' }, nameless)).toBe('other-flow');
  });

  it('lets the wrong hands outweigh the wrong time', () => {
    expect(refusalReason({ ...stored, userId: 'u2', consumed: true, expired: true }, request)).toBe(
      'other-user',
    );
    expect(refusalReason({ ...stored, consumed: true, expired: true }, request)).toBe('used');
  });
});
