import type { AssertionAsked, CreationAsked, Quirks } from '@countersign/testing';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { decode, verifiedAccessToken, verifiedPayload } from '../../src/decision.ts';
import type { Answer } from '../../src/http.ts';
import { offered } from '../../src/next-actions.ts';
import { ceremony, PasskeyUser } from '../../src/passkey-user.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

/** 401 without a session: refused, and the session that was held stays good (contracts §1.6). */
function refused(answer: Answer): void {
  expect([answer.status, answer.body.session, answer.body.msgCode]).toEqual([401, undefined, 'unauthorized']);
}

describe('passkeys in MFA flows', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('passkeys');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const rows = <Row>(sql: string, params: unknown[]) => system.rows<Row>('mfa-orchestrator', sql, params);
  const passkeysOf = (user: PasskeyUser) =>
    rows<{ suspect: boolean; sign_count: string; last_used_at: Date | null }>(
      'SELECT p.* FROM passkeys p JOIN users u ON u.id = p.user_id WHERE u.app_id = $1 AND u.username = $2',
      [user.bank.appId, user.username],
    );

  it('contracts L10, WebAuthn L3 §7.1, §7.2: made after the bank vouched, then shown alone: aal2 with what it did', async () => {
    const anna = new PasskeyUser(bank, 'anna');
    const made = await anna.enrol();
    expect(made.passkeyInfo).toMatchObject({ passkeyId: expect.any(String), aaguid: expect.any(String) });
    // the flow that made it is worth what the bank vouched for, and no more
    expect(decode(made.accessToken).payload).toMatchObject({ acr: 'aal1', amr: ['ext'] });
    const page = await bank.login('anna');
    expect(page.begun.nextAction).toBe('passkey:auth');
    const options = ceremony<AssertionAsked>(page.begun, 'passkey:auth');
    expect(options).toMatchObject({
      rpId: `${bank.appId}.localhost`,
      allowCredentials: [{ type: 'public-key', id: anna.authenticator.credentials[0]!.id }],
      userVerification: 'preferred',
    });
    const done = expectStatus(
      await page.step('passkey/auth', { assertionResult: anna.authenticator.get(options) }),
      200,
    );
    const claims = await verifiedAccessToken(bank, done.accessToken);
    expect(claims).toMatchObject({ acr: 'aal2', amr: ['pop', 'user', 'mfa'], username: 'anna' });
    // the SDK signals all accepted credentials for the token's subject
    expect(claims.sub).toBe(anna.authenticator.credentials[0]!.userHandle);
    expect(done.passkeyInfo.assertionResult.credentialId).toBe(options.allowCredentials![0]!.id);
    expect((await passkeysOf(anna))[0]!.last_used_at).not.toBeNull();
    await system.settled();
    expect(system.bus.events('mfa.user.factor-added.v1', { userId: claims.sub })).toHaveLength(1);
  });

  it('WA-07: nobody makes a passkey before a proof, whoever they are', async () => {
    const olga = new PasskeyUser(bank, 'olga');
    const page = await bank.begin({ user: { username: 'olga' }, enrol: ['passkey:reg'] });
    expect(offered(page.begun)).toEqual(['external']);
    const creationResult = olga.authenticator.create({
      rp: { id: `${bank.appId}.localhost` },
      user: { id: 'AAAAAAAAAAAAAAAAAAAAAA' },
      challenge: 'A'.repeat(43),
    });
    const answer = await page.step('passkey/reg', { creationResult });
    expect([answer.status, answer.body.session]).toEqual([403, undefined]);
    expect(await passkeysOf(olga)).toHaveLength(0);
  });

  it('WA-07: a second passkey needs the first one, not what the bank vouches for; the first is excluded', async () => {
    const paul = new PasskeyUser(bank, 'paul');
    await paul.enrol();
    const page = await bank.begin({ user: { username: 'paul' }, enrol: ['passkey:reg'] });
    const vouched = await page.verify(await bank.grant('paul', { flowId: page.flowId }));
    expect(offered(expectStatus(vouched, 401))).toEqual(['passkey:auth']);
    const request = ceremony<AssertionAsked>(vouched.body, 'passkey:auth');
    const shown = await page.step('passkey/auth', { assertionResult: paul.authenticator.get(request) });
    const creation = ceremony<CreationAsked>(expectStatus(shown, 401), 'passkey:reg');
    expect(creation.excludeCredentials).toEqual([
      expect.objectContaining({ id: paul.authenticator.credentials[0]!.id }),
    ]);
    expect(() => paul.authenticator.create(creation)).toThrow('InvalidStateError');
    const other = new PasskeyUser(bank, 'paul').authenticator;
    expectStatus(await page.step('passkey/reg', { creationResult: other.create(creation) }), 200);
    expect(await passkeysOf(paul)).toHaveLength(2);
  });

  describe('WA-02: one challenge, one step of one flow', () => {
    it('an assertion for another flow of the same user is refused, and so is one that was used', async () => {
      const rosa = new PasskeyUser(bank, 'rosa');
      await rosa.enrol();
      const one = await rosa.asserting();
      const two = await rosa.asserting();
      refused(await two.page.step('passkey/auth', { assertionResult: one.assertionResult }));
      expectStatus(await one.page.step('passkey/auth', { assertionResult: one.assertionResult }), 200);
      const three = await rosa.asserting();
      refused(await three.page.step('passkey/auth', { assertionResult: one.assertionResult }));
    });

    it('a challenge of a step that is past is none any more: the version is in it', async () => {
      const strict = await system.bank({
        settings: { defaultPolicies: { login: 'both', transaction: 'both' } },
      });
      await strict.policy('both', { offers: ['external'], satisfiedBy: [['external']] });
      const sven = new PasskeyUser(strict, 'sven');
      await sven.enrol();
      await strict.policy('both', {
        offers: ['passkey', 'external'],
        satisfiedBy: [['passkey', 'external']],
      });
      const page = await strict.login('sven');
      const early = sven.authenticator.get(ceremony<AssertionAsked>(page.begun, 'passkey:auth'));
      const next = expectStatus(await page.verify(await strict.grant('sven', { flowId: page.flowId })), 401);
      refused(await page.step('passkey/auth', { assertionResult: early }));
      const fresh = sven.authenticator.get(ceremony<AssertionAsked>(next, 'passkey:auth'));
      expectStatus(await page.step('passkey/auth', { assertionResult: fresh }), 200);
    });

    it('an assertion that came in when time was up is refused', async () => {
      const tess = new PasskeyUser(bank, 'tess');
      await tess.enrol();
      const { page, assertionResult } = await tess.asserting();
      await rows(`UPDATE flows SET expires_at = clock_timestamp() WHERE id = $1`, [page.flowId]);
      refused(await page.step('passkey/auth', { assertionResult }));
    });
  });

  it('contracts L3: after a wrong passkey the session is good, and external completes the flow', async () => {
    const uwe = new PasskeyUser(bank, 'uwe');
    await uwe.enrol();
    const { page, assertionResult } = await uwe.asserting({}, { forged: true });
    const { session } = page;
    refused(await page.step('passkey/auth', { assertionResult }));
    expect(
      expectStatus(await page.current(), 200).next.map((one: Answer['body']) => one.action.name),
    ).toContain('external');
    expect(page.session).toBe(session);
    expectStatus(await page.verify(await bank.grant('uwe', { flowId: page.flowId })), 200);
  });

  it('invariant 3: five wrong passkeys end the flow; the right one is not looked at any more', async () => {
    const vera = new PasskeyUser(bank, 'vera');
    await vera.enrol();
    const { page, options, assertionResult } = await vera.asserting();
    for (let i = 0; i < 5; i++)
      refused(
        await page.step('passkey/auth', {
          assertionResult: vera.authenticator.get(options, { forged: true, clientData: { i } }),
        }),
      );
    refused(await page.step('passkey/auth', { assertionResult }));
  });

  const wrong: [string, Quirks][] = [
    ['WA-03: from a page elsewhere', { origin: 'https://evil.example' }],
    ['WA-03: in a frame of another origin', { clientData: { crossOrigin: true } }],
    ['WA-03: with a top origin', { clientData: { topOrigin: 'https://evil.example' } }],
    ['WA-03: for another RP id', { rpId: 'evil.example' }],
    ['WA-04: with nobody present', { userPresent: false }],
    ['§7.2 step 7: with somebody else’s handle', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['of a credential nobody has', { credentialId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['forged', { forged: true }],
  ];
  it.each(wrong)('%s: refused', async (_, quirks) => {
    const will = new PasskeyUser(bank, `will-${_.replace(/[^a-z]/g, '')}`);
    await will.enrol();
    refused(await will.login(quirks));
    expectStatus(await will.login(), 200);
  });

  it('invariant 1: another user’s passkey, and another application’s, are refused', async () => {
    const [anton, berta] = [new PasskeyUser(bank, 'anton'), new PasskeyUser(bank, 'berta')];
    await anton.enrol();
    await berta.enrol();
    const { page, options } = await anton.asserting();
    const theirs = berta.authenticator.get({ ...options, allowCredentials: [] }, { userHandle: undefined });
    refused(await page.step('passkey/auth', { assertionResult: theirs }));
    // the same RP id and user name in another application
    const foreign = await system.bank({ settings: { rpId: `${bank.appId}.localhost` } });
    const other = new PasskeyUser(foreign, 'anton', { origin: anton.authenticator.origin });
    await other.enrol();
    const shown = other.authenticator.get({ ...options, allowCredentials: [] }, { userHandle: undefined });
    refused(await page.step('passkey/auth', { assertionResult: shown }));
  });

  it('§7.1 step 26: a credential id that the application has is not taken twice, whoever brings it', async () => {
    const cleo = new PasskeyUser(bank, 'cleo');
    await cleo.enrol();
    const credentialId = cleo.authenticator.credentials[0]!.id;
    const dora = new PasskeyUser(bank, 'dora');
    const { page, options } = await dora.enrolling();
    refused(
      await page.step('passkey/reg', {
        creationResult: dora.authenticator.create(options, { credentialId }),
      }),
    );
    expect(await passkeysOf(dora)).toHaveLength(0);
    const creationResult = new PasskeyUser(bank, 'dora').authenticator.create(options);
    expectStatus(await page.step('passkey/reg', { creationResult }), 200);
    // another application knows nothing of it
    const emma = new PasskeyUser(await system.bank(), 'emma');
    await emma.enrol({ credentialId });
  });

  describe('WA-05: counters', () => {
    it('one that goes back is refused, the passkey satisfies nothing any more, and that is told', async () => {
      const finn = new PasskeyUser(bank, 'finn', { counts: true });
      await finn.enrol();
      expectStatus(await finn.login(), 200);
      refused(await finn.login({ signCount: 2 }));
      expect(await passkeysOf(finn)).toMatchObject([{ suspect: true, sign_count: '2' }]);
      const page = await bank.login('finn');
      expect(offered(page.begun)).not.toContain('passkey:auth');
      const { accessToken } = expectStatus(
        await page.verify(await bank.grant('finn', { flowId: page.flowId })),
        200,
      );
      await system.settled();
      const about = { userId: decode(accessToken).payload.sub, kind: 'passkey' };
      expect(system.bus.events('mfa.user.factor-locked.v1', about)).toHaveLength(1);
    });

    it('invariant 2: of copies that count on from one number at one moment, one holds', async () => {
      const greta = new PasskeyUser(bank, 'greta');
      await greta.enrol();
      expectStatus(await greta.login({ signCount: 4 }), 200);
      const flows = [];
      for (let i = 0; i < 3; i++) flows.push(await greta.asserting({}, { signCount: 5 }));
      const answers = await Promise.all(
        flows.map(({ page, assertionResult }) => page.step('passkey/auth', { assertionResult })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    });

    it('its user is told, at the address they have shown to be theirs', async () => {
      const gustav = new PasskeyUser(bank, 'gustav', { counts: true });
      const { accessToken } = await gustav.enrol();
      const { sub } = decode(accessToken).payload;
      const body = { email: 'gustav@example.com', requestVerification: false };
      expectStatus(await bank.api('POST', `/fido2/v2/profile/${sub}/email`, body), 204);
      refused(await gustav.login({ signCount: 1 }));
      const phone = new Phone(system);
      const { text } = await phone.next(body.email, (message) =>
        message.text.includes('may have been copied'),
      );
      expect(text).toContain(bank.appId);
    });

    it('who cannot sign makes nobody’s passkey suspect', async () => {
      const gero = new PasskeyUser(bank, 'gero', { counts: true });
      await gero.enrol();
      expectStatus(await gero.login(), 200);
      refused(await gero.login({ signCount: 1, forged: true }));
      expect(await passkeysOf(gero)).toMatchObject([{ suspect: false }]);
      expectStatus(await gero.login(), 200);
    });

    it('zero after zero is fine: synced passkeys count nothing', async () => {
      const hana = new PasskeyUser(bank, 'hana', { backupEligible: true, backedUp: true });
      await hana.enrol();
      expectStatus(await hana.login(), 200);
      expectStatus(await hana.login(), 200);
    });
  });

  describe('WA-04: user verification', () => {
    it('preferred: without it a passkey is one factor, and a policy for a verified one is not satisfied', async () => {
      const lax = await system.bank();
      const ines = new PasskeyUser(lax, 'ines');
      await ines.enrol();
      const token = await ines.token({ userVerified: false });
      expect(decode(token).payload).toMatchObject({ acr: 'aal1', amr: ['pop', 'user'] });
      const challenge = await lax.transaction('ines', { requires: 'passkey' });
      const page = await lax.begin({ beginTicket: challenge.beginTicket });
      const options = ceremony<AssertionAsked & { userVerification: string }>(page.begun, 'passkey:tx');
      expect(options.userVerification).toBe('required');
      const show = (quirks: Quirks) =>
        page.step('passkey/tx', { assertionResult: ines.authenticator.get(options, quirks) });
      refused(await show({ userVerified: false }));
      expect(expectStatus(await show({}), 200).payloadSignature).not.toBe('');
    });

    it('required by the application: asked for, and nothing without it', async () => {
      const strict = await system.bank({ settings: { userVerification: 'required' } });
      const jan = new PasskeyUser(strict, 'jan');
      const { page, options } = await jan.enrolling();
      expect(options).toMatchObject({ authenticatorSelection: { userVerification: 'required' } });
      const creationResult = jan.authenticator.create(options, { userVerified: false });
      refused(await page.step('passkey/reg', { creationResult }));
      await jan.enrol();
      refused(await jan.login({ userVerified: false }));
    });

    it('§7.2 step 24: one made without it counts as one factor, whatever it says later', async () => {
      const kim = new PasskeyUser(bank, 'kim');
      await kim.enrol({ userVerified: false });
      expect(decode(await kim.token({ userVerified: true })).payload.acr).toBe('aal1');
    });
  });

  describe('passkey:tx: the challenge is bound to what is confirmed', () => {
    it('a payload is signed, verifiable by its public key, and nothing else is issued', async () => {
      const lena = new PasskeyUser(bank, 'lena');
      await lena.enrol();
      const payload = 'Pay 10 € to Erika';
      const { page, assertionResult } = await lena.asserting({ payload });
      const done = expectStatus(await page.step('passkey/tx', { assertionResult }), 200);
      expect([done.accessToken, done.idToken, done.refreshToken]).toEqual(['', '', '']);
      expect(Buffer.from(done.payload, 'base64').toString('utf8')).toBe(payload);
      expect(await verifiedPayload(bank, done.payloadSignature)).toMatchObject({ payload, acr: 'aal2' });
    });

    it('an assertion over one payload confirms no other', async () => {
      const mia = new PasskeyUser(bank, 'mia');
      await mia.enrol();
      const { page, assertionResult } = await mia.asserting({ payload: 'Pay 10 €' });
      const changed = expectStatus(await page.step('payload', { payload: 'Pay 10,000 €' }), 200);
      refused(await page.step('passkey/tx', { assertionResult }));
      const options = ceremony<AssertionAsked>(changed, 'passkey:tx');
      const fresh = mia.authenticator.get(options);
      const done = expectStatus(await page.step('passkey/tx', { assertionResult: fresh }), 200);
      expect((await verifiedPayload(bank, done.payloadSignature)).payload).toBe('Pay 10,000 €');
    });

    it('a login is no confirmation and a confirmation no login', async () => {
      const nele = new PasskeyUser(bank, 'nele');
      await nele.enrol();
      const tx = await nele.asserting({ payload: 'Pay 10 €' });
      const login = await nele.asserting();
      const forbidden = [
        await tx.page.step('passkey/auth', { assertionResult: tx.assertionResult }),
        await login.page.step('passkey/tx', { assertionResult: login.assertionResult }),
      ];
      expect(forbidden.map(({ status, body }) => [status, body.session])).toEqual([
        [403, undefined],
        [403, undefined],
      ]);
    });
  });

  it('enumeration: concealed, whoever it is gets the same options and no credential', async () => {
    const secret = await system.bank({
      settings: {
        accountExistence: 'conceal',
        defaultPolicies: { login: 'standard', transaction: 'standard' },
      },
    });
    await rows(
      `INSERT INTO users (id, app_id, username, username_key) VALUES ('AAAAAAAAAAAAAAAAAAAAAA', $1, 'otto', 'otto')`,
      [secret.appId],
    );
    await rows(
      `INSERT INTO passkeys (id, app_id, user_id, credential_id, public_key, algorithm, sign_count, user_verified,
         backup_eligible, backed_up, aaguid, name)
       VALUES (gen_random_uuid(), $1, 'AAAAAAAAAAAAAAAAAAAAAA', 'known', '', -7, 0, true, false, false, '', 'x')`,
      [secret.appId],
    );
    const seen = async (username: string) => {
      const { begun } = await secret.login(username);
      const { challenge: _, ...options } = ceremony<AssertionAsked>(begun, 'passkey:auth');
      return { options, actions: offered(begun), because: begun.because, flow: begun.flow };
    };
    expect(await seen('otto')).toEqual(await seen('nobody'));
    expect((await seen('otto')).options.allowCredentials).toEqual([]);
  });

  it('EXT-10: a step whose answer was lost is answered again, and only that one', async () => {
    const pia = new PasskeyUser(bank, 'pia', { counts: true });
    await pia.enrol();
    const { page, assertionResult } = await pia.asserting();
    const { session } = page;
    const body = { assertionResult };
    const [one, two] = await Promise.all([
      page.repeat('passkey/auth', body),
      page.repeat('passkey/auth', body),
    ]);
    const again = await page.repeat('passkey/auth', body, session);
    const tokens = [one, two, again].map(
      (answer) => decode(expectStatus(answer, 200).accessToken).payload.jti,
    );
    expect(new Set(tokens).size).toBe(1);
    expect(await passkeysOf(pia)).toMatchObject([{ suspect: false, sign_count: '2' }]);
    refused(
      await page.repeat('passkey/auth', { assertionResult: { ...assertionResult, userHandle: '' } }, session),
    );
  });

  it('API-09: what is too long or no bytes at all is 400, and nothing is looked at', async () => {
    const quin = new PasskeyUser(bank, 'quin');
    await quin.enrol();
    const { page, assertionResult } = await quin.asserting();
    const bodies = [
      {},
      { assertionResult: null },
      { assertionResult: { ...assertionResult, signature: 'A'.repeat(900_000) } },
      { assertionResult: { ...assertionResult, credentialId: ['A'] } },
      { assertionResult: { ...assertionResult, clientDataJSON: '{"type":"webauthn.get"}' } },
      { assertionResult: { ...assertionResult, authenticatorData: '' } },
    ];
    for (const body of bodies) {
      const answer = await page.step('passkey/auth', body);
      expect([answer.status, answer.body.msgCode]).toEqual([400, 'bad_request']);
    }
    const junk = Object.fromEntries(Object.keys(assertionResult).map((name) => [name, 'AAAA']));
    refused(await page.step('passkey/auth', { assertionResult: junk }));
    expectStatus(await page.step('passkey/auth', { assertionResult }), 200);
  });

  it('contracts §1.4: padded standard base64 is read like base64url', async () => {
    const rita = new PasskeyUser(bank, 'rita');
    const padded = (result: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(result).map(([name, value]) => [
          name,
          typeof value === 'string' ? Buffer.from(value, 'base64url').toString('base64') : value,
        ]),
      );
    const { page, options } = await rita.enrolling();
    const creationResult = padded(rita.authenticator.create(options));
    expectStatus(await page.step('passkey/reg', { creationResult }), 200);
    const shown = await rita.asserting();
    const assertionResult = padded(shown.assertionResult);
    expectStatus(await shown.page.step('passkey/auth', { assertionResult }), 200);
  });

  it('contracts §1.7: a client event changes nothing, and cannot forge a log line', async () => {
    const { page } = await new PasskeyUser(bank, 'sam').enrolling();
    const before = await rows('SELECT * FROM flows WHERE id = $1', [page.flowId]);
    const event = 'ERROR_DOMAIN_MISMATCH - x\n{"level":"fatal","msg":"forged"} - SecurityError - y';
    const submit = (body: unknown, authorization: string | undefined = page.session) =>
      bank.call('POST', '/fido2/v2/client-events/submit', { authorization, body });
    expect(expectStatus(await submit({ event, isError: true }), 200)).toEqual({ session: page.session });
    expect(await rows('SELECT * FROM flows WHERE id = $1', [page.flowId])).toEqual(before);
    expect((await submit({ event: '' })).status).toBe(400);
    expect((await submit({ event }, 'x'.repeat(43))).status).toBe(401);
    const told = system.logs.filter((line) => line.includes('ERROR_DOMAIN_MISMATCH'));
    expect(told).toHaveLength(1);
    expect(told[0]!.trimEnd()).not.toContain('\n');
  });
});
