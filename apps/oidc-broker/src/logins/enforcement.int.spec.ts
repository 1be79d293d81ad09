import { waitFor } from '@countersign/testing';
import { Journey } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { Browser, partsOf, type Registered } from '../../test/relying-party.ts';

/** MFA at the client, at scopes, and devices that stand in for it: through the pages. */
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const SCOPES = ['openid', 'profile', 'pay', 'read', 'recent'];
let flows: MfaFlows;
let plain: Registered;
let strong: Registered;
let asking: Registered;
let remembering: Registered;

beforeAll(async () => {
  await broker.open();
  flows = await MfaFlows.of(broker);
  for (const name of ['dana', 'eve', 'poor']) await demo.user(name);
  flows.withPhone.add('dana').add('eve');
  const scope = (name: string, body: object) => demo.manage('PUT', `/v1/scopes/${name}`, body);
  await scope('pay', { description: 'Pay for you', mfa: { policy: 'mfa' } });
  await scope('read', { description: 'Read your statements' });
  await scope('recent', { description: 'See your balance', mfa: { policy: 'mfa', maxAgeSeconds: 300 } });
  plain = await demo.client({ scopes: SCOPES });
  strong = await demo.client({ scopes: SCOPES, mfa: { policy: 'mfa' } });
  asking = await demo.client({ scopes: SCOPES, consent: 'ask' });
  remembering = await demo.client({ scopes: SCOPES, mfa: { policy: 'mfa' }, rememberDeviceSeconds: 3600 });
}, 60_000);
afterAll(() => broker.close());

const begin = (client: Registered, changed: Record<string, string | undefined> = {}, browser?: Browser) =>
  Journey.begin(broker, client, changed, browser);
const userId = (name: string) => broker.neighbours.userId('demo', name);
const tokensOf = async (journey: Journey) => {
  const { code = '' } = journey.callback;
  const { json } = await journey.party.redeem(code);
  return { scope: json.scope as string, claims: partsOf(json.id_token as string).claims };
};
const lastEvent = async (type: string) => (await broker.events(type)).at(-1)?.data;

describe('MFA at the client', () => {
  it('C1: a password alone never yields a code; after the code it does, and says so', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    expect([journey.heading, journey.callback]).toEqual(['Confirm that it is you', {}]);
    expect(JSON.stringify([...journey.browser.cookies.keys()])).not.toContain('"oidc-demo"');
    await journey.mfa(CODE);
    const { claims } = await tokensOf(journey);
    expect(claims).toMatchObject({ sub: userId('dana'), acr: 'aal2', amr: ['pwd', 'sms', 'mfa'] });
    expect(await lastEvent('oidc.login.completed.v1')).toMatchObject({
      policy: 'mfa',
      acr: 'aal2',
      mfaSkipped: false,
    });
  });

  it('ST-06, ST-05: before MFA there is no session, token or result anywhere', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    const kinds = await broker.service.database.query<{ payload: string }>(
      `SELECT payload FROM oidc_records WHERE kind NOT IN ('Interaction') AND user_id = $1
         AND payload LIKE '%' || $2 || '%'`,
      [userId('dana'), strong.clientId],
    );
    const before = kinds.length;
    expect(JSON.stringify(await broker.service.database.query('SELECT result FROM logins'))).not.toContain(
      journey.page.at.split('/').at(-1),
    );
    // the same browser at another client: nobody is signed in
    expect((await begin(plain, {}, journey.browser)).heading).toBe('Sign in');
    expect((await begin(plain, { prompt: 'none' }, journey.browser)).callback.error).toBe('login_required');
    expect(before).toBe(kinds.length);
  });

  it('C3: a wrong code is the page again and no code; who gives up ends it', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.mfa('000000');
    expect([journey.page.status, journey.callback]).toEqual([400, {}]);
    expect(await lastEvent('oidc.login.refused.v1')).toMatchObject({ userId: userId('dana'), factor: 'mfa' });
    await journey.fill({ action: 'cancel' });
    expect(journey.callback.error).toBe('access_denied');
  });

  it('C1: whoever has no way to show it gets no code', async () => {
    const journey = await (await begin(strong)).signIn('poor');
    expect(journey.page.text).toContain('There is no way to prove that it is you');
    expect((await journey.fill({ action: 'cancel' })).callback.error).toBe('access_denied');
  });

  it('ST-08: a session of another client is asked for its MFA, and not for the password', async () => {
    const first = await (await begin(plain)).signIn('dana');
    const silent = await begin(strong, { prompt: 'none' }, first.browser);
    expect(silent.callback).toMatchObject({ error: 'interaction_required' });
    const journey = await begin(strong, {}, first.browser);
    expect(journey.heading).toBe('Confirm that it is you');
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).claims).toMatchObject({ acr: 'aal2' });
    // what was shown holds as long as the session
    expect((await begin(strong, {}, first.browser)).callback.code).toBeDefined();
  });

  it('ST-17: where the orchestrator does not stand by it any more, it is asked for again', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.mfa(CODE);
    broker.neighbours.standingFlows.clear();
    expect((await begin(strong, {}, journey.browser)).heading).toBe('Confirm that it is you');
  });

  it('ST-17: MFA that does not stand any more raises no acr, also where nothing is asked', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.mfa(CODE);
    const kept = await begin(plain, {}, journey.browser);
    expect((await tokensOf(kept)).claims.acr).toBe('aal2');
    broker.neighbours.standingFlows.clear();
    const anew = await begin(plain, {}, journey.browser);
    expect((await tokensOf(anew)).claims).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
    expect((await begin(plain, { acr_values: 'aal2' }, journey.browser)).heading).toBe(
      'Confirm that it is you',
    );
  });

  it('security 17: prompt=login asks for everything anew, and the token says what was shown then', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.mfa(CODE);
    const again = await (await begin(plain, { prompt: 'login' }, journey.browser)).signIn('dana');
    expect((await tokensOf(again)).claims).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
    const both = await (await begin(strong, { prompt: 'login' }, journey.browser)).signIn('dana');
    expect(both.heading).toBe('Confirm that it is you');
  });

  it('ST-17: a user who is disabled while the code is on its way gets no code', async () => {
    await demo.user('gone');
    flows.withPhone.add('gone');
    const journey = await (await begin(strong)).signIn('gone');
    await journey.fill({ choose: 'otp:sms|sms:1' });
    const disable = `UPDATE directory_users SET enabled = false WHERE username = 'gone'`;
    await broker.service.database.query(disable);
    await journey.fill({ code: CODE, action: 'verify' });
    expect(journey.callback.error).toBe('access_denied');
    expect(await lastEvent('oidc.login.refused.v1')).toMatchObject({ factor: 'user', reason: 'disabled' });
  });

  it('SES-06: disabling a user ends logins under way', async () => {
    await demo.user('halfway');
    flows.withPhone.add('halfway');
    const journey = await (await begin(strong)).signIn('halfway');
    await demo.manage('PATCH', '/v1/directory/users/halfway', { enabled: false });
    await journey.mfa(CODE);
    expect([journey.heading, journey.callback]).toEqual(['Sign in', {}]);
  });

  it('ST-12: a code is good once: the form sent twice at once makes one login', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.fill({ choose: 'otp:sms|sms:1' });
    const version = /name="version" value="(\d+)"/.exec(journey.page.text)?.[1] ?? '';
    const form = { version, code: CODE, action: 'verify' };
    const events = (await broker.events('oidc.login.completed.v1')).length;
    await Promise.all([journey.post(form), journey.post(form)]);
    journey.page = await journey.browser.follow(journey.page.at);
    expect(journey.callback.code).toBeDefined();
    expect((await broker.events('oidc.login.completed.v1')).length).toBe(events + 1);
  });

  it('ST-01: the page of MFA is not passed by forms of other steps', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    const password = { password: 'orange boat sails north', username: 'eve' };
    const forms: Record<string, string>[] = [password, { remember: 'yes' }, { action: 'without' }];
    for (const form of forms) {
      await journey.fill(form);
      expect([journey.heading, journey.callback]).toEqual(['Confirm that it is you', {}]);
    }
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).claims.sub).toBe(userId('dana'));
  });

  it('design: the orchestrator away is a page that can be sent again, never a code', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    broker.neighbours.away.add('mfa-orchestrator');
    await journey.fill({ choose: 'otp:sms|sms:1' });
    expect(journey.callback).toEqual({});
    broker.neighbours.away.clear();
    journey.page = await journey.browser.follow(journey.page.at);
    await journey.mfa(CODE);
    expect(journey.callback.code).toBeDefined();
  });
});

describe('acr', () => {
  const essential = { claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['aal2'] } } }) };

  it('ST-15: an essential acr steps the session up; auth_time stays when the user was let in', async () => {
    const first = await (await begin(plain)).signIn('dana');
    const before = (await tokensOf(first)).claims.auth_time;
    await new Promise((passed) => setTimeout(passed, 1100));
    const journey = await begin(plain, essential, first.browser);
    expect(journey.heading).toBe('Confirm that it is you');
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).claims).toMatchObject({ acr: 'aal2', auth_time: before });
  });

  it('ST-15: what cannot be reached is told so; prompt=none never shows a page', async () => {
    flows.acr = 'aal1';
    const journey = await (await begin(plain, essential)).signIn('dana');
    await journey.mfa(CODE);
    flows.acr = 'aal2';
    expect(journey.callback.error).toBe('unmet_authentication_requirements');
    const first = await (await begin(plain)).signIn('dana');
    const silent = await begin(plain, { ...essential, prompt: 'none' }, first.browser);
    expect(silent.callback.error).toBe('unmet_authentication_requirements');
  });

  it('ST-15: acr_values take nothing from an essential acr', async () => {
    const asked = { ...essential, acr_values: 'aal1' };
    const first = await (await begin(plain)).signIn('dana');
    const silent = await begin(plain, { ...asked, prompt: 'none' }, first.browser);
    expect([silent.callback.error, silent.callback.code]).toEqual([
      'unmet_authentication_requirements',
      undefined,
    ]);
    const journey = await begin(plain, asked, first.browser);
    expect(journey.heading).toBe('Confirm that it is you');
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).claims.acr).toBe('aal2');
  });

  it('ST-17: an essential acr is not reached by what stands no more, also where no page may be shown', async () => {
    const journey = await (await begin(strong)).signIn('dana');
    await journey.mfa(CODE);
    const silently = () => begin(plain, { ...essential, prompt: 'none' }, journey.browser);
    expect((await tokensOf(await silently())).claims.acr).toBe('aal2');
    broker.neighbours.standingFlows.clear();
    for (const _time of [1, 2])
      expect((await silently()).callback).toEqual({
        error: 'unmet_authentication_requirements',
        ...{ error_description: expect.any(String), state: expect.any(String), iss: expect.any(String) },
      });
    expect((await begin(plain, essential, journey.browser)).heading).toBe('Confirm that it is you');
  });

  it('ST-15: acr_values asks for it, too', async () => {
    const journey = await (await begin(plain, { acr_values: 'aal2' })).signIn('dana');
    await journey.mfa(CODE);
    expect(journey.callback).toMatchObject({ code: expect.any(String) });
    expect((await tokensOf(journey)).claims.acr).toBe('aal2');
  });
});

describe('MFA at scopes', () => {
  const all = { scope: 'openid read pay' };
  const tick = (...names: string[]) => Object.fromEntries(names.map((name) => [`scope:${name}`, 'yes']));

  it('C4: consent shows scopes in words; the protected one waits for a code, the others do not', async () => {
    const journey = await (await begin(asking, all)).signIn('dana');
    expect(journey.heading).toBe('Allow access?');
    expect(journey.page.text).toMatch(/Read your statements(?![\s\S]*Asks for a code[\s\S]*Pay for you)/);
    expect(journey.page.text).toMatch(/Pay for you<\/strong><span class="hint">Asks for a code first/);
    const left = await (await begin(asking, all)).signIn('eve');
    await left.fill(tick('read'));
    expect((await tokensOf(left)).scope).toBe('openid read');
    await journey.fill(tick('read', 'pay'));
    expect([journey.heading, journey.callback]).toEqual(['Confirm that it is you', {}]);
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).scope.split(' ').sort()).toEqual(['openid', 'pay', 'read']);
  });

  it('C4: the code that never comes leaves out that scope alone', async () => {
    await demo.user('hugo');
    flows.withPhone.add('hugo');
    const journey = await (await begin(asking, all)).signIn('hugo');
    await journey.fill(tick('read', 'pay'));
    await journey.fill({ action: 'without' });
    expect((await tokensOf(journey)).scope).toBe('openid read');
  });

  it('C4: each consent asks anew; what is not protected is remembered', async () => {
    await demo.user('ida');
    flows.withPhone.add('ida');
    const journey = await (await begin(asking, all)).signIn('ida');
    await journey.fill(tick('read', 'pay'));
    await journey.mfa(CODE);
    expect(journey.callback.code).toBeDefined();
    const again = await begin(asking, all, journey.browser);
    expect([again.heading, again.page.text.includes('Read your statements')]).toEqual([
      'Allow access?',
      false,
    ]);
    await again.fill(tick('pay'));
    await again.mfa(CODE);
    expect((await tokensOf(again)).scope.split(' ').sort()).toEqual(['openid', 'pay', 'read']);
    expect((await begin(asking, { scope: 'openid read' }, journey.browser)).callback.code).toBeDefined();
  });

  it('C4, gap of §4.3: the client’s MFA is not the scope’s, unless the scope takes what is recent', async () => {
    const journey = await (await begin(strong, { scope: 'openid pay' })).signIn('dana');
    await journey.mfa(CODE);
    expect(journey.heading).toBe('Confirm that it is you');
    await journey.mfa(CODE);
    expect((await tokensOf(journey)).scope).toBe('openid pay');
    const recent = await (await begin(strong, { scope: 'openid recent' })).signIn('eve');
    await recent.mfa(CODE);
    expect((await tokensOf(recent)).scope).toBe('openid recent');
  });

  it('C4: consent is not given by a form of another page, and denying it tells the client', async () => {
    await demo.user('jan');
    const journey = await (await begin(asking, all)).signIn('jan');
    await journey.fill({ ...tick('everything'), action: 'cancel' });
    expect(journey.callback.error).toBe('access_denied');
  });
});

describe('remembered devices', () => {
  const device = (browser: Browser) => browser.cookies.get('cs-device-demo')?.value;
  /** Signs in without a session: what that holds would count by itself. */
  const signInAt = async (client: Registered, name: string, browser = new Browser(broker), changed = {}) => {
    browser.cookies.delete('oidc-demo');
    return (await begin(client, changed, browser)).signIn(name);
  };
  const signedIn = (name = 'dana', browser?: Browser) => signInAt(remembering, name, browser);
  const remembered = async (name = 'dana') => {
    const journey = await signedIn(name);
    await journey.mfa(CODE);
    expect(journey.heading).toBe('Remember this browser?');
    return journey.fill({ remember: 'yes' });
  };

  it('C9: stands in for the code while it lasts, raises nothing, and is told of', async () => {
    const journey = await remembered();
    expect((await tokensOf(journey)).claims.acr).toBe('aal2');
    expect(device(journey.browser)).toMatch(/^[\w-]{43}$/);
    const again = await signedIn('dana', journey.browser);
    expect((await tokensOf(again)).claims).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
    expect(await lastEvent('oidc.login.completed.v1')).toMatchObject({
      mfaSkipped: true,
      policy: 'mfa',
      acr: 'aal1',
    });
    const kept = await broker.service.database.query('SELECT * FROM remembered_devices');
    expect(JSON.stringify(kept)).not.toContain(device(journey.browser));
  });

  it('C9: who does not want it is not remembered', async () => {
    const journey = await signedIn();
    await journey.mfa(CODE);
    await journey.fill({ remember: 'no' });
    expect([device(journey.browser), journey.callback.code === undefined]).toEqual([undefined, false]);
    expect((await signedIn('dana', journey.browser)).heading).toBe('Confirm that it is you');
  });

  it('C9: is one user’s; another one in the same browser shows a code', async () => {
    const journey = await remembered();
    expect((await signedIn('eve', journey.browser)).heading).toBe('Confirm that it is you');
  });

  it('C9: time, by the client’s setting of now, and 0 disables', async () => {
    const journey = await remembered();
    const age = (seconds: number) =>
      broker.service.database.query(
        `UPDATE remembered_devices SET policies = jsonb_build_object('mfa', extract(epoch FROM clock_timestamp()) - $1)`,
        [seconds],
      );
    await age(3590);
    expect((await signedIn('dana', journey.browser)).callback.code).toBeDefined();
    await age(3601);
    expect((await signedIn('dana', journey.browser)).heading).toBe('Confirm that it is you');
    await age(0);
    await demo.manage('PATCH', `/v1/clients/${remembering.clientId}`, { rememberDeviceSeconds: 0 });
    expect((await signedIn('dana', journey.browser)).heading).toBe('Confirm that it is you');
    await demo.manage('PATCH', `/v1/clients/${remembering.clientId}`, { rememberDeviceSeconds: 3600 });
    expect((await signedIn('dana', journey.browser)).callback.code).toBeDefined();
  });

  it('C9: of another policy, for a scope and for an essential acr it is none', async () => {
    const journey = await remembered();
    const other = await demo.client({
      scopes: SCOPES,
      mfa: { policy: 'strong' },
      rememberDeviceSeconds: 3600,
    });
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } });
    const asked: [Registered, object][] = [
      [other, {}],
      [remembering, { claims }],
    ];
    for (const [client, changed] of asked)
      expect((await signInAt(client, 'dana', journey.browser, changed)).heading).toBe(
        'Confirm that it is you',
      );
    const pay = await signInAt(remembering, 'dana', journey.browser, { scope: 'openid pay' });
    expect(pay.heading).toBe('Confirm that it is you');
    await pay.fill({ action: 'without' });
    expect((await tokensOf(pay)).scope).toBe('openid');
  });

  it('C9, SES-06: a password change, and whatever signs the user out everywhere, forgets devices', async () => {
    const journey = await remembered('eve');
    await demo.manage('PUT', '/v1/directory/users/eve/password', { password: 'orange boat sails north' });
    expect((await signedIn('eve', journey.browser)).heading).toBe('Confirm that it is you');
    const second = await remembered('eve');
    const handled = await broker.inbox('done');
    const data = { userId: userId('eve'), before: new Date().toISOString() };
    await broker.userDeleted('demo', userId('eve'), { type: 'mfa.user.signed-out.v1', data });
    await waitFor(async () => (await broker.inbox('done')) > handled);
    expect((await signedIn('eve', second.browser)).heading).toBe('Confirm that it is you');
  });

  it('SES-06: what signs the user out everywhere ends sessions begun until then, and none begun since', async () => {
    await remembered('eve');
    const open = async () =>
      (
        await broker.service.database.query(
          `SELECT 1 FROM oidc_records WHERE kind = 'Session' AND app_id = 'demo' AND user_id = $1`,
          [userId('eve')],
        )
      ).length;
    const signOut = async (before: string) => {
      const handled = await broker.inbox('done');
      const data = { userId: userId('eve'), before };
      await broker.userDeleted('demo', userId('eve'), { type: 'mfa.user.signed-out.v1', data });
      await waitFor(async () => (await broker.inbox('done')) > handled);
    };
    await signOut('2026-01-01T00:00:00.000Z');
    expect(await open()).toBeGreaterThan(0);
    await signOut(new Date(Date.now() + 1000).toISOString());
    expect(await open()).toBe(0);
  });

  it('C9: made-up and stolen-by-hash tokens are none', async () => {
    const journey = await remembered();
    const [row] = await broker.service.database.query<{ token_hash: string }>(
      'SELECT token_hash FROM remembered_devices',
    );
    for (const value of [row?.token_hash ?? '', 'A'.repeat(43)]) {
      journey.browser.cookies.set('cs-device-demo', { value, path: '/' });
      expect((await signedIn('dana', journey.browser)).heading).toBe('Confirm that it is you');
    }
  });
});
