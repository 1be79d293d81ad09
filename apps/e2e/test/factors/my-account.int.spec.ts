import { SCOPES } from '@countersign/contracts';
import { FixedClock } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { withApp } from '../../src/authenticator-app.ts';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import { DeviceKey } from '../../src/device-key.ts';
import { bearer } from '../../src/http.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const UNKNOWN = '11111111-1111-4111-8111-111111111111';

describe('a user’s own factors and devices, and management’s view of them', () => {
  const clock = new FixedClock(new Date());
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('my_account', { clock });
    bank = await system.bank({ settings: { accessTokenTtlSeconds: 3600 } });
  });
  afterAll(() => system?.close());

  const me = (method: string, path: string, token: string | undefined, of = bank) =>
    of.call(method, `/v1/me/${path}`, { authorization: token && bearer(token) });
  /** A passkey that verifies its user, as far as strength goes; ceremonies are tried elsewhere. */
  const givePasskey = (userId: string, verifies = true) =>
    system.rows(
      'mfa-orchestrator',
      `INSERT INTO passkeys (id, app_id, user_id, credential_id, public_key, algorithm, sign_count, user_verified,
         backup_eligible, backed_up, aaguid, name)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid()::text, '\\x00', -7, 0, $4, false, false, $3, 'Laptop')`,
      [bank.appId, userId, UNKNOWN, verifies],
    );
  const loginWithApp = async (username: string) => {
    const made = await withApp(bank, username, clock);
    clock.advance(30);
    const page = await bank.login(username);
    const { accessToken } = expectStatus(await page.step('totp/verify', { otp: made.app.code() }), 200);
    return { ...made, accessToken: accessToken as string };
  };

  it('issue 4: listed by the user’s token, raw or Bearer; nothing without one', async () => {
    const { accessToken } = await loginWithApp('ann');
    const { items } = expectStatus(await me('GET', 'factors', accessToken), 200);
    expect(items).toEqual([expect.objectContaining({ kind: 'totp', label: 'Authenticator app' })]);
    const raw = await bank.call('GET', '/v1/me/factors', { authorization: accessToken });
    expect(expectStatus(raw, 200).items).toEqual(items);
    for (const credential of [undefined, 'x', bank.apiKey, `${accessToken}x`])
      expectStatus(await me('GET', 'factors', credential), 401);
    expect(JSON.stringify(items)).not.toMatch(/secret|sealed|v1\./);
  });

  it('API-01: a token of another application says nothing here, nor does what an API key granted', async () => {
    const { accessToken } = await loginWithApp('ben');
    const other = await system.bank();
    expectStatus(await me('GET', 'factors', accessToken, other), 401);
    const grants = ['auth:write', 'passkey:read', 'passkey:write'];
    const granted = await bank.api('POST', '/fido2/v2/mgmt/grant', { grants, username: 'ben' });
    const { token } = expectStatus(granted, 200);
    for (const path of ['factors', 'devices']) expectStatus(await me('GET', path, token), 403);
  });

  it('ASVS 7.5.1: a factor goes after a login as strong as the strongest there is, not after a weaker one', async () => {
    const { accessToken, app } = await loginWithApp('cora');
    const { userId, factors } = await bank.user('cora');
    await givePasskey(userId);
    const weak = await me('DELETE', `factors/totp/${factors[0].id}`, accessToken);
    expect([weak.status, weak.body.code]).toEqual([403, 'mfa/factor-too-weak']);
    const passkey = (await bank.user('cora')).factors.find(
      ({ kind }: { kind: string }) => kind === 'passkey',
    );
    expect((await me('DELETE', `factors/passkey/${passkey.id}`, accessToken)).status).toBe(403);
    expect((await me('DELETE', `factors/totp/${UNKNOWN}`, accessToken)).status).toBe(404);
    // management may
    expectStatus(await bank.api('DELETE', `/v1/users/cora/factors/passkey/${passkey.id}`), 204);
    // and what management takes away ends what was begun with it
    await waitFor(async () => (await me('GET', 'factors', accessToken)).status === 401, {
      what: 'the sign-out',
    });
    expectStatus(await bank.api('DELETE', `/v1/users/cora/factors/totp/${factors[0].id}`), 204);
    expect((await bank.user('cora')).factors).toEqual([]);
    await system.settled();
    const gone = system.bus.events('mfa.user.factor-removed.v1', { userId });
    expect(gone.map(({ data }) => data.kind).sort()).toEqual(['passkey', 'totp']);
    expect(app.code()).toMatch(/^\d{6}$/);
  });

  describe.each(['/v1/me/factors/passkey', '/fido2/v2/passkeys'])('a passkey removed at %s', (path) => {
    const removal = async (username: string) => {
      const own = await loginWithApp(username);
      const { userId } = await bank.user(username);
      await givePasskey(userId, false);
      const passkey = (await bank.user(username)).factors.find(
        ({ kind }: { kind: string }) => kind === 'passkey',
      );
      const remove = (token: string) =>
        bank.call('DELETE', `${path}/${passkey.id}`, { authorization: bearer(token) });
      return { ...own, remove };
    };
    // proofs are dated by the database
    afterEach(() => clock.set(new Date()));
    const name = path.includes('fido2') ? 'kim' : 'lea';

    it('SES-06: everybody else is signed out, the one who asked goes on', async () => {
      const { app, remove, accessToken } = await removal(name);
      clock.advance(30);
      const page = await bank.login(name);
      const theirs = expectStatus(await page.step('totp/verify', { otp: app.code() }), 200);
      clock.advance(1);
      expectStatus(await remove(accessToken), 204);
      await system.settled();
      await waitFor(async () => (await me('GET', 'factors', theirs.accessToken)).status === 401);
      expectStatus(await me('GET', 'factors', accessToken), 200);
      const { refreshToken } = theirs;
      expect((await bank.call('POST', '/fido2/v2/auth/refresh', { body: { refreshToken } })).status).toBe(
        401,
      );
    });

    it('ASVS 7.5.1: not by a login older than 15 minutes, though its token holds', async () => {
      const { remove, accessToken } = await removal(`${name}-late`);
      clock.advance(901);
      const late = await remove(accessToken);
      expect(late.status).toBe(403);
      expect(late.text).toContain('15 minutes');
      expect((await bank.user(`${name}-late`)).factors).toHaveLength(2);
      expectStatus(await me('GET', 'factors', accessToken), 200);
    });
  });

  it('API-01: nobody removes another’s factor or device, by any spelling of kind and id', async () => {
    const { accessToken } = await loginWithApp('dave');
    await loginWithApp('emil');
    const [{ id }] = (await bank.user('emil')).factors;
    for (const path of [
      `totp/${id}`,
      `recovery/${id}`,
      `passkey/${id}`,
      `otp:email/${id}`,
      `nonsense/${id}`,
      'totp/1',
    ])
      expectStatus(await me('DELETE', `factors/${path}`, accessToken), 404);
    expectStatus(await bank.api('DELETE', `/v1/users/dave/factors/totp/${id}`), 404);
    expect((await bank.user('emil')).factors).toHaveLength(1);
  });

  it('SES-06: a flow in which a factor was shown that is gone now is gone too, on every node', async () => {
    const { app, accessToken } = await loginWithApp('fay');
    await bank.policy('both', { offers: ['totp', 'external'], satisfiedBy: [['totp', 'external']] });
    const challenge = await bank.transaction('fay', { requires: 'both' });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    clock.advance(30);
    expectStatus(await page.step('totp/verify', { otp: app.code() }), 401);
    const login = await bank.login('fay');
    const [{ id }] = (await bank.user('fay')).factors;
    expectStatus(await me('DELETE', `factors/totp/${id}`, accessToken), 204);
    const late = await page.verify(await bank.grant('fay'));
    expect([late.status, late.body.session]).toEqual([401, undefined]);
    // one in which it was not shown goes on, and offers it no more
    expect((await login.step('totp/verify', { otp: app.code(1) })).status).toBe(403);
    expect((await login.current()).status).toBe(200);
  });

  it('devices are listed and revoked by their user, whatever the token is worth', async () => {
    const key = new DeviceKey();
    const exp = () => ({ exp: Math.floor(clock.now().getTime() / 1000) + 60 });
    const page = await bank.begin({ user: { username: 'gus' }, trustItems: { auth: key.trustId(exp()) } });
    const done = expectStatus(await page.verify(await bank.grant('gus', { flowId: page.flowId })), 200);
    const { items } = expectStatus(await me('GET', 'devices', done.accessToken), 200);
    expect(items.map(({ id }: { id: string }) => id)).toEqual([done.deviceId]);
    expectStatus(await me('DELETE', `devices/${UNKNOWN}`, done.accessToken), 404);
    expectStatus(await me('DELETE', `devices/${done.deviceId}`, done.accessToken), 204);
    expectStatus(await me('DELETE', `devices/${done.deviceId}`, done.accessToken), 404);
    expect((await bank.user('gus')).devices).toEqual([]);
    await system.settled();
    expect(system.bus.events('mfa.user.device-revoked.v1', { id: done.deviceId })).toHaveLength(1);
  });

  it('issue 4: reset takes factors, devices, locks and open flows; the user begins as a new one', async () => {
    const { app } = await loginWithApp('hal');
    const { userId } = await bank.user('hal');
    await givePasskey(userId);
    const page = await bank.login('hal');
    expectStatus(await bank.api('POST', '/v1/users/hal/reset'), 204);
    expect(await bank.user('hal')).toMatchObject({ factors: [], devices: [], locks: [] });
    expectStatus(await page.step('totp/verify', { otp: app.code() }), 401);
    const again = await bank.login('hal');
    expect([again.begun.flow, again.begun.nextAction]).toEqual(['signUp', 'external']);
    await system.settled();
    const gone = system.bus.events('mfa.user.factor-removed.v1', { userId });
    expect(gone.map(({ data }) => data.kind).sort()).toEqual(['passkey', 'totp']);
  });

  it('addresses are masked wherever they are listed; removing one is an event, and told to the one that is gone', async () => {
    const { emails, phones } = await withContacts(bank, 'jan', { emails: 1, phones: 1 });
    const { userId, factors } = await bank.user('jan');
    expect(factors).toEqual([
      expect.objectContaining({ kind: 'otp:email', verified: true }),
      expect.objectContaining({ kind: 'otp:sms', verified: true }),
    ]);
    for (const address of [...emails, ...phones]) expect(JSON.stringify(factors)).not.toContain(address);
    const [{ id }] = factors;
    expectStatus(await bank.api('DELETE', `/v1/users/jan/factors/otp:sms/${id}`), 404);
    expectStatus(await bank.api('DELETE', `/v1/users/jan/factors/otp:email/${id}`), 204);
    await new Phone(system).next(emails[0]!, ({ text }) => text.includes('e-mail address was removed'));
    await system.settled();
    const [gone] = system.bus.events('mfa.user.factor-removed.v1', { id });
    expect(gone!.data).toEqual({ userId, kind: 'otp:email', id });
  });

  it('EXT-06: management needs its scopes', async () => {
    await loginWithApp('ida');
    const [{ id }] = (await bank.user('ida')).factors;
    const { key } = await bank.key(SCOPES.filter((scope) => scope !== 'profile:write'));
    for (const path of [`factors/totp/${id}`, `devices/${UNKNOWN}`]) {
      expectStatus(
        await bank.api('DELETE', `/v1/users/ida/${path}`, undefined, { authorization: bearer(key) }),
        403,
      );
      expectStatus(await bank.call('DELETE', `/v1/users/ida/${path}`), 401);
    }
    expect((await bank.user('ida')).factors).toHaveLength(1);
  });
});
