import { environmentOf } from './environment-of.ts';

const env = { HOST: '127.0.0.1', PORT: '1', TOKEN_SERVICE__PORT: '4002', SSO_DATA__MASTER_KEY: 'secret' };

describe('environment of one program among several', () => {
  it('what is its own wins over what is shared', () => {
    expect(environmentOf('token-service', env)).toEqual({ HOST: '127.0.0.1', PORT: '4002' });
  });

  it('one program never sees the secrets of another', () => {
    expect(environmentOf('mfa-orchestrator', env)).not.toHaveProperty('MASTER_KEY');
    expect(environmentOf('sso-data', env)).toHaveProperty('MASTER_KEY', 'secret');
  });
});
