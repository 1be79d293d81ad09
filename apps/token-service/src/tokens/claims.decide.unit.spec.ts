import {
  accessClaims,
  asAcr,
  familyOf,
  idClaims,
  issuerOf,
  jtiOf,
  refreshedClaims,
  sharedClaims,
} from './claims.decide.ts';

const request = {
  appId: 'bank',
  flowId: 'f1',
  userId: 'u1',
  username: 'Dana',
  amr: ['ext'],
  acr: 'aal1',
  authTime: 1_767_225_590,
};
const facts = {
  publicUrl: 'https://mfa.example/',
  rpId: null,
  ttlSeconds: 600,
  now: new Date('2026-01-01T00:00:00.900Z'),
  jti: 'j1',
};

describe('claims of the tokens of a completed flow (contracts §1.10)', () => {
  const claims = sharedClaims(request, facts);

  it('names the issuer from configuration and the audience as a plain string', () => {
    expect(issuerOf('https://mfa.example', 'bank')).toBe('https://mfa.example/apps/bank');
    expect(claims).toMatchObject({
      iss: 'https://mfa.example/apps/bank',
      aud: 'bank',
      sub: 'u1',
      username: 'Dana',
    });
  });

  it('counts the life in whole seconds', () => {
    expect(claims).toMatchObject({ iat: 1_767_225_600, exp: 1_767_226_200, auth_time: 1_767_225_590 });
  });

  it('takes the relying-party id from the settings, else the local one', () => {
    expect(claims.rpId).toBe('bank.localhost');
    expect(sharedClaims(request, { ...facts, rpId: 'bank.example' }).rpId).toBe('bank.example');
  });

  it('gives the access token what LoginID’s has', () => {
    expect(accessClaims(claims)).toMatchObject({
      scopes: ['passkey:read', 'passkey:write', 'auth:write'],
      tokenType: 'jwtAccess',
      verify: '/fido2/v2/mgmt/token/verify',
      rpId: 'bank.localhost',
      jti: 'j1',
    });
  });

  it('RFC 9700 §4.14.2: a refreshed token is of the same login, with a life and an id of its own', () => {
    const refreshed = refreshedClaims(claims, 3, { iat: 1_767_230_000, exp: 1_767_230_600 });
    expect(refreshed).toEqual({ ...claims, jti: 'j1.3', iat: 1_767_230_000, exp: 1_767_230_600 });
    expect(refreshed).toMatchObject({ auth_time: 1_767_225_590, amr: ['ext'], acr: 'aal1' });
  });

  it.each<[unknown, ReturnType<typeof familyOf>]>([
    ['j1', { family: 'j1', generation: 0 }],
    ['j1.12', { family: 'j1', generation: 12 }],
    ...['j1.0', 'j1.01', 'j1.-1', 'j1.1.1', '.1', '', 'j 1', 7, undefined].map(
      (jti): [unknown, undefined] => [jti, undefined],
    ),
  ])('a jti has one spelling: %s', (jti, family) => {
    expect(familyOf(jti)).toEqual(family);
    if (family) expect(jtiOf(family.family, family.generation)).toBe(jti);
  });

  it('what is no assurance is the lowest', () => {
    expect(['aal3', 'aal9', undefined].map(asAcr)).toEqual(['aal3', 'aal1', 'aal1']);
  });

  it('ST-06: gives the id token nothing that opens a door', () => {
    const id = idClaims(claims);
    expect(id).toMatchObject({
      sub: 'u1',
      aud: 'bank',
      username: 'Dana',
      auth_time: 1_767_225_590,
      amr: ['ext'],
      acr: 'aal1',
    });
    expect(Object.keys(id)).not.toEqual(expect.arrayContaining(['scopes']));
  });
});
