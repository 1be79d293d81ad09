import { completes, FakeServer, freshSession, goesOn, refuses, SESSION } from '../../test/fake-server.ts';

const EMAIL = {
  action: { name: 'otp:email', label: 'E-mail' },
  options: [
    { name: 'email:secondary', label: 'b', value: 'u-2' },
    { name: 'email:primary', label: 'a', value: 'u-1' },
  ],
};

describe('codes', () => {
  it('L10: otp/request swaps the session alone: what is next, and why, stays', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient([], {
      next: [EMAIL],
      nextAction: 'otp:email',
      because: ['policy:a'],
    });
    const before = mfa.getSessionDetails();
    const session = freshSession();
    server.then({ status: 200, body: { session } });
    const result = await mfa.performAction('otp:email');
    expect(server.last).toMatchObject({ body: { method: 'email', option: 'u-1' }, authorization: SESSION });
    expect(result).toEqual({ ...before, session });
    expect(mfa.nextAction).toBe('otp:email');
    server.then(completes());
    await mfa.performAction('otp:verify', { payload: ' 123 456 ' });
    expect(server.last).toMatchObject({ body: { otp: '123456' }, authorization: session });
  });

  it('L10: a caller’s choice of address goes out as it is; SMS takes the first; none is left out', async () => {
    const server = new FakeServer();
    const sms = { action: { name: 'otp:sms', label: 'SMS' }, options: [{ label: '+49•••', value: 'u-9' }] };
    const mfa = await server.begunClient([], { next: [EMAIL, sms] });
    server.then(...[1, 2].map(() => ({ status: 200, body: { session: SESSION } })));
    await mfa.performAction('otp:email', { payload: 'b' });
    await mfa.performAction('otp:sms');
    expect(server.got.slice(1).map(({ body }) => body)).toEqual([
      { method: 'email', option: 'b' },
      { method: 'sms', option: 'u-9' },
    ]);
    const bare = await server.begunClient(['otp:sms']);
    server.then({ status: 200, body: { session: SESSION } });
    await bare.performAction('otp:sms');
    expect(server.last.body).toEqual({ method: 'sms' });
  });

  it('OTP: a request is never repeated by itself: nobody gets two messages', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient([], { next: [EMAIL] });
    server.then({ status: 503, body: { msgCode: 'internal_error', msg: 'away' } });
    await expect(mfa.performAction('otp:email')).rejects.toMatchObject({ status: 503 });
    expect(server.got).toHaveLength(2);
  });

  it('OTP: a wrong code throws and leaves the flow; the next one may be right', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['otp:email']);
    server.then(refuses(401, 'unauthorized'), completes());
    await expect(mfa.performAction('otp:verify', { payload: '000000' })).rejects.toMatchObject({
      status: 401,
    });
    expect((await mfa.performAction('otp:verify', { payload: '123456' })).isComplete).toBe(true);
  });

  it('TOTP, recovery: verified at their own paths', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['totp:verify', 'recovery:verify']);
    server.then(refuses(401, 'unauthorized'), completes());
    await expect(mfa.performAction('totp:verify', { payload: '123 456' })).rejects.toThrow();
    await mfa.performAction('recovery:verify', { payload: ' abcd-efgh ' });
    expect(server.paths.slice(1)).toEqual(['totp/verify', 'recovery/verify']);
    expect(server.got.slice(1).map(({ body }) => body)).toEqual([{ otp: '123456' }, { code: 'abcd-efgh' }]);
  });

  it('enrolments have two phases: what to show, then what the user types back', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['totp:enrol']);
    const setup = { secret: 'ABC', uri: 'otpauth://totp/x', qr: 'data:image/png;base64,AA' };
    server.then({ status: 200, body: { session: SESSION, ...setup } });
    expect((await mfa.performAction('totp:enrol')).totp).toEqual(setup);
    server.then(goesOn(freshSession(), ['recovery:enrol']));
    expect((await mfa.performAction('totp:enrol', { payload: '123456' })).nextAction).toBe('recovery:enrol');
    server.then({ status: 200, body: { session: SESSION, codes: ['a-1', 'b-2'] } });
    expect((await mfa.performAction('recovery:enrol')).recoveryCodes).toEqual(['a-1', 'b-2']);
    server.then(goesOn(freshSession(), ['email:enrol']));
    await mfa.performAction('recovery:enrol', { payload: 'a-1' });
    server.then({ status: 200, body: { session: SESSION } });
    await mfa.performAction('email:enrol', { address: 'dana@example.com' });
    expect(server.last.body).toEqual({ channel: 'email', address: 'dana@example.com' });
    server.then(completes());
    await mfa.performAction('sms:enrol', { payload: '123456' });
    expect(server.paths.slice(1)).toEqual([
      ...[
        'totp/request',
        'totp/enrol',
        'recovery/request',
        'recovery/enrol',
        'contact/request',
        'contact/enrol',
      ],
    ]);
  });

  it('an answer without what must be shown is malformed', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient(['totp:enrol', 'recovery:enrol']);
    for (const action of ['totp:enrol', 'recovery:enrol'] as const) {
      server.then({ status: 200, body: { session: SESSION } });
      await expect(mfa.performAction(action)).rejects.toMatchObject({ msgCode: 'malformed_answer' });
    }
  });
});
