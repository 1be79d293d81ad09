import { completes, FakeServer, freshSession, goesOn, refuses, SESSION } from '../../test/fake-server.ts';
import { textOfJson } from '../passkeys/bytes.ts';
import type { WebAuthn } from '../passkeys/ceremony.ts';
import { createMfaClient } from './mfa-client.ts';

const REQUEST = {
  rpId: 'bank.example',
  challenge: 'AAEC',
  allowCredentials: [{ type: 'public-key', id: '-_8' }],
  userVerification: 'preferred',
};
const CREATION = {
  rp: { id: 'bank.example', name: 'Bank' },
  user: { id: 'AQI', name: 'dana', displayName: 'Dana' },
  challenge: 'AAEC',
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
};
const bytes = (...values: number[]) => Uint8Array.from(values).buffer;
const offer = (name: string, options: unknown) => ({
  next: [
    { action: { name, label: name }, options: [{ name: 'assertionOptions', value: textOfJson(options) }] },
  ],
});
const assertion = {
  rawId: bytes(255),
  response: { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null },
};
const failing = (name: string) => () => Promise.reject(new DOMException('why', name));

/** A client in a flow that offers one passkey action, and an authenticator that does as it is told. */
async function inFlow(name: string, options: unknown, authenticator: Partial<WebAuthn>) {
  const server = new FakeServer();
  const asked: CredentialRequestOptions[] & CredentialCreationOptions[] = [];
  const told = async (given: object, answer: unknown) => {
    asked.push(given as CredentialRequestOptions);
    return answer as Credential;
  };
  const webauthn: WebAuthn = {
    get: (given) => told(given, assertion),
    create: (given) =>
      told(given, { rawId: bytes(9), response: { clientDataJSON: bytes(1), attestationObject: bytes(4) } }),
    ...authenticator,
  };
  const mfa = createMfaClient({ baseUrl: 'https://mfa.example/apps/bank', fetch: server.fetch, webauthn });
  server.then({ status: 200, body: { msgCode: 'm', msg: 'm', session: SESSION, ...offer(name, options) } });
  await mfa.beginFlow('dana');
  return { server, mfa, asked };
}

describe('passkeys', () => {
  it('WebAuthn §5.1.4, L10: passkey:auth decodes the offered options and posts base64url', async () => {
    const { server, mfa, asked } = await inFlow('passkey:auth', REQUEST, {});
    server.then(completes());
    expect((await mfa.performAction('passkey:auth')).isComplete).toBe(true);
    expect(asked[0]).toMatchObject({
      publicKey: {
        ...{ rpId: 'bank.example', userVerification: 'preferred', challenge: Uint8Array.from([0, 1, 2]) },
        allowCredentials: [{ type: 'public-key', id: Uint8Array.from([251, 255]) }],
      },
    });
    expect(asked[0]).not.toHaveProperty('mediation');
    expect([server.last.path, server.last.body]).toEqual([
      '/apps/bank/fido2/v2/mfa/passkey/auth',
      {
        assertionResult: {
          credentialId: '_w',
          clientDataJSON: 'AQ',
          authenticatorData: 'Ag',
          signature: 'Aw',
        },
      },
    ]);
  });

  it('WebAuthn §5.1.3, L10: passkey:reg decodes user.id and posts what the browser made', async () => {
    const { server, mfa, asked } = await inFlow('passkey:reg', CREATION, {});
    server.then(completes());
    await mfa.performAction('passkey:reg');
    expect(asked[0]).toMatchObject({ publicKey: { user: { id: Uint8Array.from([1, 2]), name: 'dana' } } });
    expect(server.last.body).toEqual({
      creationResult: { credentialId: 'CQ', clientDataJSON: 'AQ', attestationObject: 'BA' },
    });
  });

  it('§1.7: passkey:tx with txPayload sends the payload first and signs the new options', async () => {
    const { server, mfa, asked } = await inFlow('passkey:tx', REQUEST, {});
    const session = freshSession();
    const renewed = offer('passkey:tx', { ...REQUEST, challenge: 'BwgJ' });
    server.then({ status: 200, body: { msgCode: 'm', msg: 'm', session, ...renewed } });
    server.then(completes({ accessToken: '', payloadSignature: 'sig' }));
    const { payloadSignature } = await mfa.performAction('passkey:tx', { txPayload: '{"amount":1}' });
    expect([server.paths.slice(1), payloadSignature]).toEqual([['payload', 'passkey/tx'], 'sig']);
    expect(asked[0]).toMatchObject({ publicKey: { challenge: Uint8Array.from([7, 8, 9]) } });
    expect(server.last.authorization).toBe(session);
  });

  it('§1.4: options that LoginID’s SDK would not take are not handed to the browser', async () => {
    for (const broken of [{ ...REQUEST, allowCredentials: undefined }, { ...REQUEST, rpId: '' }, CREATION]) {
      const { mfa, asked } = await inFlow('passkey:auth', broken, {});
      await expect(mfa.performAction('passkey:auth')).rejects.toBeInstanceOf(TypeError);
      expect(asked).toEqual([]);
    }
    const { mfa } = await inFlow('external', {}, {});
    await expect(mfa.performAction('passkey:auth')).rejects.toMatchObject({ msgCode: 'not_offered' });
  });

  it.each([
    ['NotAllowedError', 'ERROR_GENERAL_ERROR'],
    ['SecurityError', 'ERROR_DOMAIN_MISMATCH'],
    ['UnknownError', 'ERROR_AUTHENTICATOR_UNKNOWN_ERROR'],
    ['ConstraintError', 'ERROR_USER_VERIFICATION_UNSUPPORTED'],
    ['InvalidStateError', 'ERROR_GENERAL_ERROR'],
  ])('§1.7: %s is told to the server as %s, and the flow stays', async (name, code) => {
    const { server, mfa } = await inFlow('passkey:auth', REQUEST, { get: failing(name) });
    const session = freshSession();
    server.then({ status: 200, body: { session } });
    await expect(mfa.performAction('passkey:auth')).rejects.toMatchObject({ name: 'PasskeyError', code });
    expect(server.last).toMatchObject({
      path: '/apps/bank/fido2/v2/client-events/submit',
      authorization: SESSION,
    });
    expect(server.last.body).toEqual({
      event: expect.stringMatching(`^${code} - .+ - ${name} - why$`),
      isError: true,
    });
    expect(mfa.getSessionDetails()).toMatchObject({ session, nextAction: 'passkey:auth' });
  });

  it('§1.7: a passkey that is there already has a code of its own', async () => {
    const { server, mfa } = await inFlow('passkey:reg', CREATION, { create: failing('InvalidStateError') });
    server.then({ status: 200, body: { session: SESSION } });
    await expect(mfa.performAction('passkey:reg')).rejects.toMatchObject({ code: 'ERROR_PASSKEY_EXISTS' });
  });

  it('§1.7: a ceremony that was given up is nobody’s business, a refusal is the server’s own', async () => {
    const aborted = await inFlow('passkey:auth', REQUEST, { get: failing('AbortError') });
    await expect(aborted.mfa.performAction('passkey:auth')).rejects.toMatchObject({
      code: 'ERROR_PASSKEY_ABORTED',
    });
    const refused = await inFlow('passkey:auth', REQUEST, {});
    refused.server.then(refuses(401, 'unauthorized'));
    await expect(refused.mfa.performAction('passkey:auth')).rejects.toMatchObject({ status: 401 });
    expect([aborted.server.paths, refused.server.paths]).toEqual([['begin'], ['begin', 'passkey/auth']]);
  });

  it('a report that fails hides nothing of the error it is about', async () => {
    const { server, mfa } = await inFlow('passkey:auth', REQUEST, { get: failing('NotAllowedError') });
    server.then(refuses(500, 'internal_error'));
    await expect(mfa.performAction('passkey:auth')).rejects.toMatchObject({ name: 'PasskeyError' });
  });

  it('L3: after a failed passkey the server may go on with another list', async () => {
    const { server, mfa } = await inFlow('passkey:auth', REQUEST, {});
    server.then(goesOn(freshSession(), ['external']));
    expect((await mfa.performAction('passkey:auth')).nextAction).toBe('external');
  });

  it('conditional UI waits in an input until another ceremony or flow begins, and holds up no other step', async () => {
    const signals: AbortSignal[] = [];
    const waits: WebAuthn['get'] = ({ signal, mediation }) => {
      expect(mediation).toBe('conditional');
      signals.push(signal!);
      return new Promise((_resolve, reject) =>
        signal!.addEventListener('abort', () => reject(signal!.reason)),
      );
    };
    const { server, mfa } = await inFlow('passkey:auth', REQUEST, { get: waits });
    const first = mfa.performAction('passkey:auth', { autoFill: true });
    const given = expect(first).rejects.toMatchObject({ code: 'ERROR_PASSKEY_ABORTED' });
    server.then(refuses(401, 'unauthorized'));
    await expect(mfa.performAction('external', { payload: 'wrong' })).rejects.toMatchObject({ status: 401 });
    const second = mfa.performAction('passkey:auth', { autoFill: true });
    await given;
    server.then({ status: 204 });
    await mfa.abandon();
    await expect(second).rejects.toMatchObject({ code: 'ERROR_PASSKEY_ABORTED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('in Node, without an authenticator, it says so', async () => {
    const server = new FakeServer();
    const mfa = await server.begunClient([], offer('passkey:auth', REQUEST));
    server.then({ status: 200, body: { session: SESSION } });
    await expect(mfa.performAction('passkey:auth')).rejects.toMatchObject({ name: 'PasskeyError' });
  });
});
