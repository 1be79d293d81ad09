import { completes, FakeServer, refuses } from '../../test/fake-server.ts';

const signedIn = async () => {
  const server = new FakeServer();
  const mfa = await server.begunClient(['external']);
  server.then(completes({ accessToken: 'access', refreshToken: 'refresh-1' }));
  await mfa.performAction('external', { payload: 'token' });
  return { server, mfa };
};

describe('what a signed-in user manages', () => {
  it('§1.9: passkeys are listed, renamed and deleted with the flow’s access token', async () => {
    const { server, mfa } = await signedIn();
    server.then({ status: 200, body: [{ id: 'p-1', name: 'Phone' }] }, { status: 204 }, { status: 204 });
    expect(await mfa.listPasskeys()).toEqual([{ id: 'p-1', name: 'Phone' }]);
    await mfa.renamePasskey('p-1', 'Old phone');
    await mfa.deletePasskey('../p 1');
    expect(server.got.slice(2).map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/apps/bank/fido2/v2/passkeys', undefined],
      ['PUT', '/apps/bank/fido2/v2/passkeys/p-1', { name: 'Old phone' }],
      ['DELETE', '/apps/bank/fido2/v2/passkeys/..%2Fp%201', undefined],
    ]);
    expect(server.last.authorization).toBe('Bearer access');
  });

  it('factors and devices: removing asks for as strong a login as the server wants', async () => {
    const { server, mfa } = await signedIn();
    server.then({ status: 200, body: { items: [{ kind: 'totp', id: 't' }] } });
    server.then({ status: 403, body: { code: 'mfa/factor-too-weak', title: 'Stronger, please' } });
    server.then({ status: 200, body: { items: [{ id: 'd' }] } }, { status: 204 });
    expect(await mfa.listFactors()).toEqual([{ kind: 'totp', id: 't' }]);
    await expect(mfa.removeFactor('totp', 't')).rejects.toMatchObject({
      ...{ status: 403, msgCode: 'mfa/factor-too-weak', msg: 'Stronger, please' },
    });
    expect(await mfa.listDevices()).toEqual([{ id: 'd' }]);
    await mfa.revokeDevice('d');
    expect(server.paths.slice(2)).toEqual([
      ...['/v1/me/factors', '/v1/me/factors/totp/t', '/v1/me/devices', '/v1/me/devices/d'],
    ]);
  });

  it('without a login nothing is sent', async () => {
    const server = new FakeServer();
    await expect(server.client().listPasskeys()).rejects.toMatchObject({ msgCode: 'no_session' });
    expect(server.got).toEqual([]);
  });

  it('RFC 9700 §2.2.2: a refresh token is used once; the new one takes its place', async () => {
    const { server, mfa } = await signedIn();
    server.then({
      status: 200,
      body: { accessToken: 'access-2', idToken: 'id-2', refreshToken: 'refresh-2' },
    });
    expect(await mfa.refreshTokens()).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' });
    server.then(refuses(401, 'unauthorized'));
    await expect(mfa.refreshTokens()).rejects.toMatchObject({ status: 401 });
    expect(mfa.getSessionDetails()).toMatchObject({ accessToken: 'access-2' });
  });

  it('logging out ends the login at the server, and is forgotten here even where that is away', async () => {
    const { server, mfa } = await signedIn();
    server.then(refuses(500, 'internal_error'));
    await mfa.logout();
    expect([server.last.path, server.last.authorization]).toEqual([
      '/apps/bank/fido2/v2/auth/logout',
      'Bearer access',
    ]);
    expect(mfa.getSessionDetails()).toEqual({
      ...{ username: '', next: [], because: [], remainingFactors: [], isComplete: false },
    });
  });
});
