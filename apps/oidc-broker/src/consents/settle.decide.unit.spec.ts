import { settleScopes } from './settle.decide.ts';

const asked = (more: object) => ({
  ...{ granted: [], rejected: [], claims: [], isClaimsGranted: false },
  ...more,
});

describe('a grant after consent', () => {
  it('C4: what was granted is added, what was not is rejected', () => {
    const { granted, rejected } = settleScopes(
      {},
      {},
      asked({ granted: ['openid', 'read'], rejected: ['pay'] }),
    );
    expect([granted, rejected]).toEqual([{ scope: 'openid read' }, { scope: 'pay' }]);
  });

  it('the newest answer to each counts, both ways', () => {
    const before = [{ scope: 'openid read' }, { scope: 'pay' }] as const;
    const turned = settleScopes(...before, asked({ granted: ['pay'], rejected: ['read'] }));
    expect(turned).toEqual({ granted: { scope: 'openid pay' }, rejected: { scope: 'read' } });
  });

  it('what was not asked about stays', () => {
    const before = [
      { scope: 'openid', claims: ['email'] },
      { scope: 'pay', claims: ['name'] },
    ] as const;
    const after = settleScopes(
      { ...before[0], claims: ['email'] },
      { ...before[1], claims: ['name'] },
      asked({ granted: ['read'] }),
    );
    expect(after.granted).toEqual({ scope: 'openid read', claims: ['email'] });
    expect(after.rejected).toEqual({ scope: 'pay', claims: ['name'] });
  });

  it('claims follow the one answer to all of them', () => {
    const yes = settleScopes({}, { claims: ['email'] }, asked({ claims: ['email'], isClaimsGranted: true }));
    expect(yes).toEqual({ granted: { claims: ['email'] }, rejected: {} });
    const no = settleScopes({ claims: ['email'] }, {}, asked({ claims: ['email'] }));
    expect(no).toEqual({ granted: {}, rejected: { claims: ['email'] } });
  });
});
