import {
  begun,
  completes,
  FakeServer,
  freshSession,
  goesOn,
  refuses,
  SESSION,
} from '../../test/fake-server.ts';
import { MfaError } from './mfa-error.ts';

const TOKEN = { payload: 'token' };

describe('the rule of contracts §1.6', () => {
  it('L5: 401 with a session goes on: session, list and reasons are replaced as a whole', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external'], { nextAction: 'external', because: ['policy:a'] });
    const session = freshSession();
    server.then(goesOn(session, ['passkey:reg', 'totp:enrol'], { because: ['enrol:passkey:reg'] }));
    const result = await mfa.performAction('external', TOKEN);
    expect(server.last).toMatchObject({ authorization: SESSION, body: { token: 'token' } });
    expect(result).toMatchObject({ isComplete: false, session, nextAction: 'passkey:reg' });
    expect([mfa.because, mfa.next.map(({ action }) => action.name)]).toEqual([
      ['enrol:passkey:reg'],
      ['passkey:reg', 'totp:enrol'],
    ]);
    server.then(completes());
    await mfa.performAction('external', TOKEN);
    expect(server.last.authorization).toBe(session);
  });

  it('L5: 200 completes: tokens are there, nothing is next, the session is over', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(completes({ payloadSignature: 'sig', deviceId: 'd-1', passkeyInfo: { passkeyId: 'p' } }));
    expect(await mfa.performAction('external', TOKEN)).toMatchObject({
      ...{ username: 'dana', isComplete: true, accessToken: 'a', idToken: 'i', refreshToken: 'r', next: [] },
      ...{ payloadSignature: 'sig', deviceId: 'd-1', passkeyCredential: { passkeyId: 'p' } },
    });
    expect(mfa.nextAction).toBeUndefined();
    await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({ msgCode: 'no_session' });
    expect(server.got).toHaveLength(2);
  });

  it('§1.7: a flow that was begun without a name learns it from the access token', async () => {
    const server = new FakeServer().then(begun(['passkey:auth']));
    const mfa = server.client();
    await mfa.beginFlow('');
    const claims = Buffer.from(JSON.stringify({ username: 'dana' })).toString('base64url');
    server.then(completes({ accessToken: `h.${claims}.s` }));
    expect((await mfa.performAction('external', TOKEN)).username).toBe('dana');
  });

  it('§1.4: tokens that do not apply are empty strings, and are left out', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(completes({ accessToken: '', idToken: '', refreshToken: '', payloadSignature: 'sig' }));
    const details = await mfa.performAction('external', TOKEN);
    expect(details.isComplete).toBe(true);
    expect(details).not.toHaveProperty('accessToken');
  });

  it.each([
    [401, 'unauthorized'],
    [400, 'bad_request'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [429, 'too_many_requests'],
    [500, 'internal_error'],
  ])('L3: %i without a session throws, and the flow stays as it was', async (status, msgCode) => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external', 'otp:email'], { nextAction: 'otp:email' });
    const before = mfa.getSessionDetails();
    server.then(refuses(status, msgCode));
    const refused = mfa.performAction('external', TOKEN);
    await expect(refused).rejects.toBeInstanceOf(MfaError);
    await expect(refused).rejects.toMatchObject({ status, msgCode, msg: 'no' });
    expect(mfa.getSessionDetails()).toEqual(before);
    server.then(completes());
    await mfa.performAction('external', TOKEN);
    expect(server.last.authorization).toBe(SESSION);
  });

  it('§1.6: a session beside another status than 401 does not go on', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then({ ...goesOn(freshSession(), ['passkey:reg']), status: 403 });
    await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({ status: 403 });
    expect(mfa.getSessionDetails().session).toBe(SESSION);
  });

  it('§1.1: a 401 with a session that is no JSON by its type, or a session too short, is a refusal', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    for (const reply of [
      { ...goesOn(freshSession(), ['passkey:reg']), headers: { 'content-type': 'text/html' } },
      goesOn('short', ['passkey:reg']),
      { status: 401, body: { session: 17, msgCode: 'unauthorized', msg: '' } },
    ]) {
      server.then(reply);
      await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({ status: 401 });
    }
    expect(mfa.getSessionDetails().session).toBe(SESSION);
  });

  it.each([[{}], [[]], ['text'], [null], [{ accessTokens: 'a' }]])(
    'a 200 that says nothing (%j) is malformed and completes nothing',
    async (body) => {
      const server = new FakeServer();
      const mfa = await server.begunClient(['external']);
      server.then({ status: 200, body });
      await expect(mfa.performAction('external', TOKEN)).rejects.toMatchObject({
        status: 200,
        msgCode: 'malformed_answer',
      });
      expect(mfa.getSessionDetails()).toMatchObject({ isComplete: false, session: SESSION });
    },
  );

  it('items of another kind, and names that are newer than this SDK, break nothing', async () => {
    const server = new FakeServer();
    const odd = [null, 7, {}, { action: {} }, { action: { name: 'voice:verify' }, options: 'x' }];
    server.then({
      status: 200,
      body: { msgCode: 'm', msg: 'm', session: SESSION, next: odd, because: [1, 'why'] },
    });
    const mfa = server.client();
    const { next, because, nextAction } = await mfa.beginFlow('dana');
    expect(next).toEqual([{ action: { name: 'voice:verify', label: 'voice:verify' } }]);
    expect([because, nextAction]).toEqual([['why'], 'voice:verify']);
    await expect(mfa.performAction('voice:verify' as 'external', TOKEN)).rejects.toBeInstanceOf(TypeError);
  });

  it('a begin that fails leaves nobody in the flow before (LoginID: beginFlow logs out first)', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    server.then(refuses(404, 'not_found'));
    await expect(mfa.beginFlow('other')).rejects.toMatchObject({ status: 404 });
    expect(mfa.getSessionDetails()).toMatchObject({ username: '', next: [], isComplete: false });
    server.then({ status: 200, body: { flow: 'signIn' } });
    await expect(mfa.beginFlow('other')).rejects.toMatchObject({ msgCode: 'malformed_answer' });
  });

  it('§1.5: deny and abandon end the flow here too; a refusal of them does not', async () => {
    for (const leave of ['deny', 'abandon'] as const) {
      const server = new FakeServer();
      const mfa = await server.begunClient(['external']);
      server.then(refuses(500, 'internal_error'));
      await expect(mfa[leave]()).rejects.toMatchObject({ status: 500 });
      expect(mfa.getSessionDetails().session).toBe(SESSION);
      server.then({ status: 204 });
      await mfa[leave]();
      expect([server.paths.at(-1), mfa.getSessionDetails().session]).toEqual([leave, undefined]);
    }
  });

  it('§1.6: mfa/payload is 200 with a new session and new actions', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['passkey:tx']);
    const session = freshSession();
    server.then({ ...begun(['passkey:tx'], { session }) });
    expect(await mfa.updatePayload('{"amount":2}')).toMatchObject({ session, isComplete: false });
    expect([server.last.path, server.last.body]).toEqual([
      '/apps/bank/fido2/v2/mfa/payload',
      { payload: '{"amount":2}' },
    ]);
  });

  it('refresh reads the flow again and keeps session and kind', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['external']);
    const { session: _, ...offered } = nextOf(['otp:email']);
    server.then({
      status: 200,
      body: { ...offered, status: 'open', isAuthenticated: false, mfaInfo: { a: 1 } },
    });
    expect(await mfa.refresh()).toMatchObject({
      ...{ session: SESSION, flow: 'signIn', nextAction: 'otp:email', status: 'open', mfaInfo: { a: 1 } },
    });
    server.then(refuses(401, 'unauthorized'));
    await expect(mfa.refresh()).rejects.toMatchObject({ status: 401 });
    expect(mfa.nextAction).toBe('otp:email');
  });
});

const nextOf = (names: string[]) => begun(names).body as { session: string };
