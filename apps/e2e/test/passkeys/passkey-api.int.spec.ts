import { type AssertionAsked, type CreationAsked, SoftwareAuthenticator } from '@countersign/testing';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { decode, verifiedAccessToken, verifiedPayload } from '../../src/decision.ts';
import { DeviceKey } from '../../src/device-key.ts';
import type { Answer } from '../../src/http.ts';
import { PasskeyUser } from '../../src/passkey-user.ts';
import { System } from '../../src/system.ts';

/** LoginID's calls outside its MFA API, as `@loginid/websdk3` makes them: tokens raw, sessions in bodies. */
class Client {
  constructor(private readonly bank: Bank) {}

  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    return this.bank.call(method, `/fido2/v2/${path}`, { body, authorization: token });
  }

  regInit(username: string, token?: string, more: object = {}): Promise<Answer> {
    const user = { username, usernameType: 'email', displayName: 'Ada' };
    const body = { app: { id: this.bank.appId }, deviceInfo: { clientType: 'browser' }, user, ...more };
    return this.call('POST', 'reg/init', body, token);
  }

  async register(authenticator: SoftwareAuthenticator, username: string, token?: string): Promise<Answer> {
    const { session, registrationRequestOptions } = expectStatus(await this.regInit(username, token), 200);
    const creationResult = authenticator.create(registrationRequestOptions as CreationAsked);
    return this.call('POST', 'reg/complete', { session, creationResult });
  }

  authInit(username: string, more: object = {}): Promise<Answer> {
    const body = { app: { id: this.bank.appId }, deviceInfo: {}, user: { username, usernameType: 'email' } };
    return this.call('POST', 'auth/init', { ...body, ...more });
  }

  txInit(username: string, txPayload: string, nonce = 'n-1'): Promise<Answer> {
    return this.call('POST', 'tx/init', { username, txPayload, txType: 'raw', nonce });
  }
}

const keyless = ({ credentialId, clientDataJSON, ...rest }: Record<string, unknown>) => {
  const { authenticatorData, signature } = rest;
  return { keyHandle: credentialId, clientData: clientDataJSON, authenticatorData, signature };
};

describe('contracts §1.9: the passkey API outside MFA flows', () => {
  let system: System;
  let bank: Bank;
  let client: Client;

  beforeAll(async () => {
    system = await System.boot('passkeyapi');
    bank = await system.bank({ settings: { openRegistration: true } });
    client = new Client(bank);
  });
  afterAll(() => system?.close());

  const device = (options = {}) => new SoftwareAuthenticator(`https://${bank.appId}.localhost`, options);
  const code = ({ status, body }: Answer) => [status, body.msgCode];
  /** A grant of an API key for the user. */
  const granted = async (username: string, grants: string[], of = bank): Promise<string> =>
    expectStatus(await of.api('POST', '/fido2/v2/mgmt/grant', { grants, username }), 200).token;

  describe('reg/*', () => {
    it('an open application registers somebody new; a JWT, and a passkey that signs in', async () => {
      const authenticator = device();
      const done = expectStatus(await client.register(authenticator, 'ada@example.com'), 200);
      expect(done).toEqual({
        jwtAccess: expect.any(String),
        userId: expect.any(String),
        passkeyId: expect.any(String),
      });
      const claims = await verifiedAccessToken(bank, done.jwtAccess);
      expect(claims).toMatchObject({ username: 'ada@example.com', acr: 'aal2', sub: done.userId });
      const init = expectStatus(await client.authInit('ada@example.com'), 200);
      expect(init).toMatchObject({ action: 'proceed', crossAuthMethods: [], fallbackMethods: ['ciam'] });
      const assertionResult = authenticator.get(init.assertionOptions as AssertionAsked);
      const login = expectStatus(
        await client.call('POST', 'auth/complete', { session: init.session, assertionResult }),
        200,
      );
      expect(login).toMatchObject({ userId: done.userId, passkeyId: done.passkeyId });
      expect((await verifiedAccessToken(bank, login.jwtAccess)).acr).toBe('aal2');
    });

    it('WA-07: tokenless, nobody registers for somebody who exists, nor in an application that is not open', async () => {
      expectStatus(await client.register(device(), 'bea'), 200);
      expect(code(await client.regInit('bea'))).toEqual([403, 'forbidden']);
      expect(code(await client.regInit(' BEA '))).toEqual([403, 'forbidden']);
      // known by a login of the bank's own, without any passkey
      const page = await bank.login('ben');
      expectStatus(await page.verify(await bank.grant('ben')), 200);
      expect(code(await client.regInit('ben'))).toEqual([403, 'forbidden']);
      const closed = new Client(await system.bank());
      expect(code(await closed.regInit('new'))).toEqual([403, 'forbidden']);
    });

    it('a grant with reg:write opens one registration, of its user, in its application', async () => {
      const closed = await system.bank();
      const strict = new Client(closed);
      const token = await granted('carl', ['reg:write'], closed);
      expect(code(await strict.regInit('dora', token))).toEqual([403, 'forbidden']);
      const authenticator = new SoftwareAuthenticator(`https://${closed.appId}.localhost`);
      expectStatus(await strict.register(authenticator, 'carl', token), 200);
      const again = await granted('dirk', ['reg:write'], closed);
      expectStatus(await strict.regInit('dirk', again), 200);
      expect(code(await strict.regInit('dirk', again))).toEqual([401, 'unauthorized']);
      const weak = await granted('emil', ['passkey:read'], closed);
      expect(code(await strict.regInit('emil', weak))).toEqual([403, 'forbidden']);
      expect(code(await strict.regInit('emil', 'not.a.token'))).toEqual([401, 'unauthorized']);
      const foreign = await granted('emil', ['reg:write']);
      expect(code(await strict.regInit('emil', foreign))).toEqual([401, 'unauthorized']);
    });

    it('invariant 2: of ten registrations with one grant, one is opened', async () => {
      const token = await granted('gerd', ['reg:write']);
      const all = await Promise.all(Array.from({ length: 10 }, () => client.regInit('gerd', token)));
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('WA-07: another passkey needs a login as strong as the strongest factor; the user’s own', async () => {
      const user = new PasskeyUser(bank, 'fritz');
      const { accessToken: weak } = await user.enrol();
      expect(code(await client.regInit('fritz', weak))).toEqual([403, 'forbidden']);
      const strong = await user.token();
      expect(code(await client.regInit('ada@example.com', strong))).toEqual([403, 'forbidden']);
      const { registrationRequestOptions: options } = expectStatus(
        await client.regInit('fritz', strong),
        200,
      );
      expect(options.excludeCredentials).toHaveLength(1);
      const done = expectStatus(await client.register(device(), 'fritz', strong), 200);
      expect(decode(done.jwtAccess).payload).toMatchObject({ username: 'fritz', acr: 'aal2' });
    });

    it('§1.1: another application’s id is refused, case is none of its differences', async () => {
      const upper = { app: { id: bank.appId.toUpperCase() } };
      expectStatus(await client.regInit('hugo', undefined, upper), 200);
      expect(code(await client.regInit('hugo', undefined, { app: { id: 'other' } }))).toEqual([
        400,
        'bad_request',
      ]);
      expect(code(await client.authInit('hugo', { app: { id: 'other' } }))).toEqual([400, 'bad_request']);
    });

    it('a security key is asked for where the client says so; a name is kept', async () => {
      const { session, registrationRequestOptions: options } = expectStatus(
        await client.regInit('ivo', undefined, { passkeyOptions: { securityKey: true } }),
        200,
      );
      expect(options.authenticatorSelection).toMatchObject({ authenticatorAttachment: 'cross-platform' });
      const body = { session, creationResult: device().create(options), passkeyName: 'Blue key' };
      const { jwtAccess } = expectStatus(await client.call('POST', 'reg/complete', body), 200);
      const [passkey] = expectStatus(await client.call('GET', 'passkeys', undefined, jwtAccess), 200);
      expect(passkey.name).toBe('Blue key');
    });
  });

  describe('auth/*', () => {
    it('nobody named: the passkey says who it is, and must', async () => {
      const user = new PasskeyUser(bank, 'jana');
      await user.enrol();
      const init = expectStatus(await client.authInit(''), 200);
      expect(init.assertionOptions.allowCredentials).toEqual([]);
      const complete = (assertionResult: unknown) =>
        client.call('POST', 'auth/complete', { session: init.session, assertionResult });
      const nameless = user.authenticator.get(init.assertionOptions, { userHandle: undefined });
      expect(code(await complete(nameless))).toEqual([403, 'forbidden']);
      const wrong = user.authenticator.get(init.assertionOptions, { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' });
      expect(code(await complete(wrong))).toEqual([403, 'forbidden']);
      const { jwtAccess } = expectStatus(await complete(user.authenticator.get(init.assertionOptions)), 200);
      expect(decode(jwtAccess).payload).toMatchObject({ username: 'jana', acr: 'aal2' });
    });

    it('invariant 1: nobody named, another application’s passkey says who it is over there, not here', async () => {
      const foreign = await system.bank({ settings: { rpId: `${bank.appId}.localhost` } });
      const origin = `https://${bank.appId}.localhost`;
      const user = new PasskeyUser(foreign, 'jana', { origin });
      await user.enrol();
      const init = expectStatus(await client.authInit(''), 200);
      const assertionResult = user.authenticator.get(init.assertionOptions);
      const body = { session: init.session, assertionResult };
      expect(code(await client.call('POST', 'auth/complete', body))).toEqual([403, 'forbidden']);
    });

    it('ST-08: where policy asks for more than the passkey, nobody is let in by this door', async () => {
      const strict = await system.bank({
        settings: { defaultPolicies: { login: 'both', transaction: 'both' } },
      });
      await strict.policy('both', { offers: ['external'], satisfiedBy: [['external']] });
      const user = new PasskeyUser(strict, 'karl');
      await user.enrol();
      await strict.policy('both', {
        offers: ['passkey', 'external'],
        satisfiedBy: [['passkey', 'external']],
      });
      const door = new Client(strict);
      const init = expectStatus(await door.authInit('karl'), 200);
      const assertionResult = user.authenticator.get(init.assertionOptions);
      const answer = await door.call('POST', 'auth/complete', { session: init.session, assertionResult });
      expect([...code(answer), answer.body.jwtAccess]).toEqual([403, 'forbidden', undefined]);
    });

    it('a user without a passkey is told how else; options are there all the same', async () => {
      const page = await bank.login('lars');
      expectStatus(await page.verify(await bank.grant('lars')), 200);
      expect(expectStatus(await client.authInit('lars'), 200)).toMatchObject({
        ...{ action: 'fallback', fallbackMethods: ['ciam'] },
        assertionOptions: { allowCredentials: [], challenge: expect.any(String) },
      });
    });

    it('enumeration: an unknown user is 404 where existence is disclosed, and like any other where it is not', async () => {
      expect(code(await client.authInit('never-seen'))).toEqual([404, 'not_found']);
      expect(code(await client.txInit('never-seen', 'x'))).toEqual([404, 'not_found']);
      const secret = new Client(await system.bank({ settings: { accountExistence: 'conceal' } }));
      const bare = ({ session: _, assertionOptions, ...rest }: Answer['body']) => ({
        ...rest,
        options: { ...assertionOptions, challenge: '' },
      });
      const [one, two] = [await secret.authInit('never-seen'), await secret.authInit('nor-this')];
      expect(bare(expectStatus(one, 200))).toEqual(bare(expectStatus(two, 200)));
      expect(one.body.assertionOptions.allowCredentials).toEqual([]);
      const tx = expectStatus(await secret.txInit('never-seen', 'x'), 200);
      expect(tx.assertionOptions.allowCredentials).toEqual([]);
    });

    it('WA-02: a session of one kind opens no other, an ended one nothing, and a repeat gets the same login', async () => {
      const user = new PasskeyUser(bank, 'mona');
      await user.enrol();
      const init = expectStatus(await client.authInit('mona'), 200);
      const assertionResult = user.authenticator.get(init.assertionOptions);
      const body = { session: init.session, assertionResult };
      expect(
        code(
          await client.call('POST', 'tx/complete', { session: init.session, ...keyless(assertionResult) }),
        ),
      ).toEqual([403, 'forbidden']);
      expect(code(await client.call('POST', 'auth/complete', { ...body, session: 'x'.repeat(43) }))).toEqual([
        400,
        'bad_request',
      ]);
      expect(code(await client.call('POST', 'auth/complete', { ...body, session: 'short' }))).toEqual([
        400,
        'bad_request',
      ]);
      const [one, two] = [
        await client.call('POST', 'auth/complete', body),
        await client.call('POST', 'auth/complete', body),
      ];
      const jti = (answer: Answer) => decode(expectStatus(answer, 200).jwtAccess).payload.jti;
      expect(jti(one)).toBe(jti(two));
      const other = { ...body, assertionResult: { ...assertionResult, userHandle: undefined } };
      expect(code(await client.call('POST', 'auth/complete', other))).toEqual([400, 'bad_request']);
    });
  });

  describe('tx/*', () => {
    const confirm = async (door: Client, user: PasskeyUser, payload: string, quirks = {}) => {
      const init = expectStatus(await door.txInit(user.username, payload), 200);
      const shown = user.authenticator.get(init.assertionOptions as AssertionAsked, quirks);
      return {
        init,
        shown,
        answer: await door.call('POST', 'tx/complete', { session: init.session, ...keyless(shown) }),
      };
    };

    it('signs exactly the payload, so that a third party can verify it by the published key', async () => {
      const user = new PasskeyUser(bank, 'nora');
      await user.enrol();
      const { init, answer } = await confirm(client, user, 'Pay 10 € to Erika');
      const done = expectStatus(answer, 200);
      const claims = await verifiedPayload(bank, done.token);
      expect(claims).toMatchObject({ payload: 'Pay 10 € to Erika', flow_id: init.txId, acr: 'aal2' });
      expect(done).toMatchObject({
        credentialId: user.authenticator.credentials[0]!.id,
        authCred: { credentialId: user.authenticator.credentials[0]!.id, name: 'Passkey' },
        ...{ txId: init.txId, nonce: 'n-1' },
      });
      // the signature opens nothing
      expect(code(await client.call('GET', 'passkeys', undefined, done.token))).toEqual([
        401,
        'unauthorized',
      ]);
    });

    it('a payload that was confirmed is one payload: its assertion confirms no other', async () => {
      const user = new PasskeyUser(bank, 'olaf');
      await user.enrol();
      const { shown } = await confirm(client, user, 'Pay 10 €');
      const next = expectStatus(await client.txInit('olaf', 'Pay 10 €'), 200);
      const body = { session: next.session, ...keyless(shown) };
      expect(code(await client.call('POST', 'tx/complete', body))).toEqual([403, 'forbidden']);
    });

    it('ST-08: it brings a login where it is enough for one, and else only the signature', async () => {
      const user = new PasskeyUser(bank, 'petra');
      await user.enrol();
      const enough = expectStatus((await confirm(client, user, 'x')).answer, 200);
      expect(await verifiedAccessToken(bank, enough.jwtAccess)).toMatchObject({
        username: 'petra',
        acr: 'aal2',
      });
      expectStatus(await client.call('GET', 'passkeys', undefined, enough.jwtAccess), 200);
      const strict = await system.bank({
        settings: { defaultPolicies: { login: 'both', transaction: 'standard' } },
      });
      await strict.policy('both', { offers: ['external'], satisfiedBy: [['external']] });
      const other = new PasskeyUser(strict, 'petra');
      await other.enrol();
      await strict.policy('both', {
        offers: ['passkey', 'external'],
        satisfiedBy: [['passkey', 'external']],
      });
      const less = expectStatus((await confirm(new Client(strict), other, 'x')).answer, 200);
      expect(less.jwtAccess).toBe(less.token);
      const issued = 'SELECT 1 FROM issued_tokens WHERE flow_id = $1';
      expect(await system.rows('token-service', issued, [less.txId])).toHaveLength(0);
    });

    it('nobody confirms without a passkey', async () => {
      const page = await bank.login('quentin');
      expectStatus(await page.verify(await bank.grant('quentin')), 200);
      expect(code(await client.txInit('quentin', 'x'))).toEqual([403, 'forbidden']);
    });
  });

  describe('passkeys*', () => {
    it('lists, renames and removes the user’s own, raw or Bearer; others’ are 404', async () => {
      const [rita, sina] = [new PasskeyUser(bank, 'rita'), new PasskeyUser(bank, 'sina')];
      const { accessToken: weak } = await rita.enrol();
      await sina.enrol();
      const [token, theirs] = [await rita.token(), await sina.token()];
      const [passkey] = expectStatus(await client.call('GET', 'passkeys', undefined, `Bearer ${token}`), 200);
      expect(passkey).toEqual({
        ...{ id: expect.any(String), name: 'Passkey', createdAt: expect.stringMatching(/Z$/) },
        ...{
          aaguid: '00000000-0000-0000-0000-000000000000',
          providerName: 'Passkey',
          credentialSynced: false,
        },
        ...{ credentialId: rita.authenticator.credentials[0]!.id, lastUsedAt: expect.any(String) },
      });
      const path = `passkeys/${passkey.id}`;
      expect(code(await client.call('PUT', path, { name: 'Mine' }, theirs))).toEqual([404, 'not_found']);
      expect(code(await client.call('DELETE', path, undefined, theirs))).toEqual([404, 'not_found']);
      expect(code(await client.call('PUT', path, { name: 'a\nb' }, token))).toEqual([400, 'bad_request']);
      expectStatus(await client.call('PUT', path, { name: 'Phone' }, weak), 204);
      // ASVS 7.5.1: a login that is weaker than what it removes removes nothing
      expect(code(await client.call('DELETE', path, undefined, weak))).toEqual([403, 'forbidden']);
      expect((await client.call('GET', 'passkeys', undefined, token)).body[0].name).toBe('Phone');
      expectStatus(await client.call('DELETE', path, undefined, token), 204);
      expect((await client.call('GET', 'passkeys', undefined, token)).body).toEqual([]);
      expect(code(await client.call('DELETE', path, undefined, token))).toEqual([404, 'not_found']);
      await system.settled();
      expect(system.bus.events('mfa.user.factor-removed.v1', { id: passkey.id })).toHaveLength(1);
    });

    it('says what device a passkey was last used from, where the device says who it is', async () => {
      const user = new PasskeyUser(bank, 'theo');
      await user.enrol();
      const trustItems = { auth: new DeviceKey().trustId() };
      const deviceInfo = { clientType: 'browser', clientName: 'Firefox', osName: 'Linux' };
      const { page, assertionResult } = await user.asserting({ trustItems, deviceInfo });
      const done = expectStatus(await page.step('passkey/auth', { assertionResult }), 200);
      const [passkey] = expectStatus(await client.call('GET', 'passkeys', undefined, done.accessToken), 200);
      expect(passkey.lastUsedFromDevice).toMatchObject({ deviceId: done.deviceId, clientName: 'Firefox' });
    });

    it('each call has its scope, and no session or key is a token', async () => {
      const user = new PasskeyUser(bank, 'tina');
      await user.enrol();
      const read = await granted('tina', ['passkey:read']);
      expect(expectStatus(await client.call('GET', 'passkeys', undefined, read), 200)).toHaveLength(1);
      const path = 'passkeys/00000000-0000-7000-8000-000000000000';
      expect(code(await client.call('PUT', path, { name: 'x' }, read))).toEqual([403, 'forbidden']);
      expect(code(await client.call('DELETE', path, undefined, read))).toEqual([403, 'forbidden']);
      const { session } = await bank.login('tina');
      for (const credential of [undefined, session, bank.apiKey])
        expect(code(await client.call('GET', 'passkeys', undefined, credential))).toEqual([
          401,
          'unauthorized',
        ]);
    });

    it('tells who keeps passkeys of an AAGUID, with icons of its own', async () => {
      const user = new PasskeyUser(bank, 'uta', { aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4' });
      await user.enrol();
      const token = await user.token();
      const [{ aaguid, name }] = expectStatus(await client.call('GET', 'passkeys', undefined, token), 200);
      expect(name).toBe('Google Password Manager');
      const about = expectStatus(
        await client.call('GET', `passkeys/aaguid/${aaguid}`, undefined, token),
        200,
      );
      expect(about).toEqual({
        ...{ id: aaguid, name },
        iconLight: expect.stringMatching(/^data:image\/svg\+xml,/),
        iconDark: expect.stringMatching(/^data:image\/svg\+xml,/),
      });
      expect(code(await client.call('GET', 'passkeys/aaguid/none', undefined, token))).toEqual([
        400,
        'bad_request',
      ]);
    });
  });
});
