import { loginTokens } from './login-tokens.decide.ts';
import type { ShownProof } from './proof.types.ts';

describe('loginTokens', () => {
  it('ASVS 7.5.1: a login is as old as the oldest thing it rests on, and as strong as all of it', () => {
    const flow = { appId: 'bank', id: 'f1', userId: 'u1', username: 'ada' };
    const app: ShownProof = {
      ...{ factor: 'totp', reference: 'totp:1', acr: 'aal1', amr: ['otp'], categories: ['possession'] },
      ...{ shownAt: new Date('2026-01-01T12:00:00.900Z'), authenticatedAt: null },
    };
    const earlier: ShownProof = {
      ...{ factor: 'login', reference: 'login:1', acr: 'aal2', amr: ['ext'], categories: [] },
      ...{ shownAt: app.shownAt, authenticatedAt: new Date('2026-01-01T11:55:00Z') },
    };
    const asked = { appId: 'bank', flowId: 'f1', userId: 'u1', username: 'ada' };
    expect(loginTokens(flow, [app])).toEqual({
      ...{ ...asked, acr: 'aal1', amr: ['otp'] },
      authTime: Date.parse('2026-01-01T12:00:00Z') / 1000,
    });
    expect(loginTokens(flow, [app, earlier])).toEqual({
      ...{ ...asked, acr: 'aal2', amr: ['otp', 'ext'] },
      authTime: Date.parse('2026-01-01T11:55:00Z') / 1000,
    });
  });
});
