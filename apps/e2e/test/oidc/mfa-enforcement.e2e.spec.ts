import { expectStatus } from '../../src/bank.ts';
import { BrowserDesk } from '../../src/browser-desk.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { OidcBank } from '../../src/oidc-bank.ts';
import { wrongFor } from '../../src/phone.ts';
import type { RelyingParty, Sent } from '../../src/relying-party.ts';
import { SignInPage } from '../../src/sign-in-page.ts';

const MFA = { mfa: { policy: 'mfa' } };
const REMEMBER_SECONDS = 3600;

await describeBrowser('MFA at the three points of enforcement, in Chromium', () => {
  const desk = BrowserDesk.open('mfa_enforcement');
  let bank: OidcBank;
  /** Asks for MFA of everybody. */
  let shop: RelyingParty;
  let user: SignInPage;

  const open = (javaScript = true) =>
    SignInPage.open(desk.browser, { site: desk.site, javaScript, ...(javaScript && { looks: desk.looks }) });
  const client = (settings: Record<string, unknown>) =>
    bank.client({
      host: `${bank.appId}.localhost`,
      settings: { redirectUris: [desk.site.url], scopes: ['openid', 'profile', 'email'], ...settings },
    });
  const begin = async (at: SignInPage, party = shop, params: Record<string, string> = {}): Promise<Sent> => {
    const sent = await party.request(params);
    await at.visit(sent.url);
    return sent;
  };
  const ways = async (at: SignInPage) => (await at.buttons()).filter((name) => / to /.test(name));
  /** Has a code sent and types it. */
  const confirm = async (at: SignInPage, address: string) => {
    await at.press(address.includes('@') ? /^E-mail to/ : /^Text message to/);
    await at.code(await desk.phone.code(address));
  };
  const noCode = async (at: SignInPage, error = 'access_denied') => {
    const { searchParams } = await at.back();
    expect([searchParams.get('error'), searchParams.get('code')]).toEqual([error, null]);
  };

  beforeAll(async () => {
    // a login by passkey is under the application's policy for logins
    const settings = { defaultPolicies: { login: 'standard', transaction: 'external' } };
    bank = await OidcBank.open(desk.system, { settings });
    shop = await client({ ...MFA, name: 'Back office' });
  });
  beforeEach(async () => {
    user = await open();
  });
  afterEach(async () => {
    await user.close();
    expect(user.complaints).toEqual([]);
  });

  it('C1: a password alone yields no code; after a code and consent there is one, and acr and amr say how', async () => {
    const person = await bank.person({ email: true, phone: true });
    const sent = await begin(user);
    expect(await (await user.look('password')).heading()).toBe('Sign in');
    await user.signIn({ ...person, password: 'something else entirely' });
    expect(await (await user.look('password-wrong')).alert()).toContain('not the right');
    await user.signIn(person);
    expect(await (await user.look('mfa-ways')).heading()).toBe('Confirm that it is you');
    // half a login is none: neither for this client without pages, nor for one that asks for less
    const half = user.page.url();
    await begin(user, shop, { prompt: 'none' });
    await noCode(user, 'login_required');
    const lax = await client({ name: 'Lax' });
    await begin(user, lax, { prompt: 'none' });
    await noCode(user, 'login_required');
    await user.visit(half);
    await user.press(/^Text message to/);
    expect(await (await user.look('mfa-code')).heading()).toBe('Type the code');
    expect(user.isBack).toBe(false);
    await user.code(await desk.phone.code(person.phoneNumber!));
    expect(await (await user.look('consent')).heading()).toBe('Allow access?');
    expect(user.isBack).toBe(false);
    await user.press('Allow');
    const { claims, answer } = await shop.redeem(await user.back(), sent);
    expect(claims).toMatchObject({ acr: 'aal2', nonce: sent.nonce, aud: shop.options.clientId });
    expect([...(claims!.amr as string[])].sort()).toEqual(['mfa', 'otp', 'pwd', 'sms']);
    expect((await shop.userinfo(String(answer.access_token), claims!.sub)).sub).toBe(claims!.sub);
  });

  it('C1: who refuses consent, or gives up, is sent back without a code', async () => {
    const person = await bank.person({ email: true });
    await begin(user);
    await user.signIn(person);
    await confirm(user, person.email!);
    await user.press('Do not allow');
    await noCode(user);
    await user.context.clearCookies();
    await begin(user);
    await user.signIn(person);
    await user.press('Cancel');
    await noCode(user);
  });

  it('C2: the ways are exactly the user’s addresses that are verified and enabled, masked', async () => {
    const person = await bank.person({ email: true, phone: true });
    const unverified = { email: `second-${person.username}@mail.example`, requestVerification: true };
    const path = `/fido2/v2/profile/${person.username}/email`;
    expectStatus(await bank.bank.api('POST', path, unverified), 204);
    await begin(user);
    await user.signIn(person);
    const mail = `E-mail to ${person.email![0]}•••@mail.example`;
    const text = `Text message to +1 ••• ${person.phoneNumber!.slice(-2)}`;
    expect((await ways(user)).sort()).toEqual([mail, text]);
    expect(await user.text()).not.toContain(person.email!);
    expectStatus(await bank.bank.api('PUT', '/v1/mfa-methods/sms', { enabled: false }), 200);
    await user.page.reload();
    expect(await ways(user)).toEqual([mail]);
    expectStatus(await bank.bank.api('PUT', '/v1/mfa-methods/sms', { enabled: true }), 200);
    const nobody = await bank.person();
    await user.context.clearCookies();
    await begin(user);
    await user.signIn(nobody);
    expect(await (await user.look('mfa-no-way')).text()).toContain('no way to prove that it is you');
    await user.press('Cancel');
    await noCode(user);
  });

  it('C3: wrong codes deny, and the fifth ends the login without a code', async () => {
    const person = await bank.person({ email: true });
    await begin(user);
    await user.signIn(person);
    await user.press(/^E-mail to/);
    const code = await desk.phone.code(person.email!);
    for (let tries = 1; tries <= 4; tries++) {
      await user.code(wrongFor(code));
      expect([tries, await user.alert()]).toEqual([tries, expect.stringContaining('not right')]);
    }
    await user.look('mfa-code-wrong');
    await user.code(wrongFor(code));
    await noCode(user);
  });

  it('C4: consent to a protected scope waits for a code, the other scopes do not', async () => {
    await bank.scope('payments', { description: 'Pay from your accounts', ...MFA });
    const planner = await client({ name: 'Planner', scopes: ['openid', 'profile', 'payments'] });
    const person = await bank.person({ email: true });
    const asked = { scope: 'openid profile payments' };
    const scopesOf = async (sent: Sent) =>
      String((await planner.redeem(await user.back(), sent)).answer.scope)
        .split(' ')
        .sort();

    const first = await begin(user, planner, asked);
    await user.signIn(person);
    expect(await (await user.look('consent-protected')).text()).toContain('Asks for a code first');
    await user.press('Allow');
    expect(await (await user.look('scope-mfa')).heading()).toBe('Confirm that it is you');
    expect(user.isBack).toBe(false);
    await user.press('Go on without what asks for a code');
    expect(await scopesOf(first)).toEqual(['openid', 'profile']);

    // what was refused is asked for again only where the client insists
    const second = await begin(user, planner, { ...asked, prompt: 'consent' });
    await user.press('Allow');
    await confirm(user, person.email!);
    expect(await scopesOf(second)).toEqual(['openid', 'payments', 'profile']);

    // unticked, nothing is asked for
    const third = await begin(user, planner, { ...asked, prompt: 'consent' });
    await user.page.getByLabel('Pay from your accounts').uncheck();
    await user.press('Allow');
    expect(await scopesOf(third)).toEqual(['openid', 'profile']);
  });

  it('C5: administrators see /admin after a second factor, and nothing of it before', async () => {
    const root = { username: 'root', password: 'nine violet herons dance', email: 'root@platform.example' };
    const { username, password, email } = root;
    const asPlatform = (path: string, body: object) => desk.system.asPlatform('POST', path, { body });
    expectStatus(await asPlatform('/v1/directory/users', { username, password }), 201);
    const address = { email, requestVerification: false };
    expectStatus(await asPlatform(`/fido2/v2/profile/${username}/email`, address), 204);
    const admin = `http://localhost:${new URL(desk.system.gateway).port}/admin`;
    const hidden = async () => expect(await user.text()).not.toContain(bank.appId);
    await user.visit(admin);
    await hidden();
    await user.answered(() => user.page.getByRole('link', { name: 'Sign in' }).click());
    await user.signIn(root);
    const half = user.page.url();
    for (const page of [admin, `${admin}/applications/${bank.appId}`]) {
      await user.visit(page);
      await hidden();
    }
    await user.visit(half);
    await confirm(user, email);
    expect(await (await user.look('admin')).heading()).toBe('Applications');
    expect(await user.text()).toContain(bank.appId);
    // and again at each sign-in
    await user.press('Sign out');
    await user.visit(admin);
    await hidden();
  });

  it('C6, C7: length and lifetime hold for the next code; e-mail goes by SMTP, SMS by Twilio’s API', async () => {
    const person = await bank.person({ email: true, phone: true });
    const settings = { sms: { otp: { length: 8, expiration: '30s' } } };
    const sms = (body: object) => bank.bank.api('PUT', '/v1/mfa-methods/sms', body);
    expectStatus(await sms({ settings }), 200);
    await begin(user);
    await user.signIn(person);
    await user.press(/^Text message to/);
    const message = await desk.phone.next(person.phoneNumber!);
    expect(message).toMatchObject({ channel: 'sms', code: expect.stringMatching(/^\d{8}$/) });
    await user.press('Another way');
    await user.press(/^E-mail to/);
    const mail = await desk.phone.next(person.email!, ({ code }) => code !== undefined);
    expect(mail).toMatchObject({ channel: 'email', code: expect.stringMatching(/^\d{6}$/) });
    await user.code(mail.code!);
    await user.press('Allow');
    expect((await user.back()).searchParams.has('code')).toBe(true);
    expectStatus(await sms({ settings: { sms: { otp: { length: 6, expiration: '5m' } } } }), 200);
  });

  it('C3, C6: a code older than its lifetime denies', async () => {
    const lifetime = (expiration: string) =>
      bank.bank.api('PUT', '/v1/mfa-methods/email', { settings: { email: { otp: { expiration } } } });
    expectStatus(await lifetime('30s'), 200);
    const person = await bank.person({ email: true });
    await begin(user);
    await user.signIn(person);
    await user.press(/^E-mail to/);
    const code = await desk.phone.code(person.email!);
    expectStatus(await lifetime('5m'), 200);
    // what was sent is half a minute older now
    const later = `UPDATE otp_codes SET expires_at = expires_at - interval '30 seconds'`;
    await desk.system.rows('mfa-orchestrator', later);
    await user.code(code);
    expect(await user.heading()).toBe('Type the code');
    expect(await user.alert()).toMatch(/./);
    expect(user.isBack).toBe(false);
  });

  it('C8: a passkey is the first factor, a code the second', async () => {
    await bank.bank.policy('make-passkey', {
      offers: ['passkey'],
      satisfiedBy: [['password', 'passkey']],
      enrols: ['passkey:reg'],
    });
    const onboarding = await client({ name: 'Onboarding', mfa: { policy: 'make-passkey' } });
    const person = await bank.person();
    await begin(user, onboarding);
    await user.signIn(person);
    await user.press('Create a passkey');
    await (await user.look('passkey-create')).press('Continue');
    expect(await user.authenticator!.credentials()).toHaveLength(1);
    await bank.address(person.username, 'email', `${person.username}@mail.example`);

    await user.context.clearCookies();
    const sent = await begin(user);
    await user.press('Sign in with a passkey');
    await (await user.look('passkey')).press('Use a passkey');
    await (await user.look('passkey-ready')).press('Continue');
    expect(await user.heading()).toBe('Confirm that it is you');
    expect(user.isBack).toBe(false);
    await confirm(user, `${person.username}@mail.example`);
    await user.press('Allow');
    const { claims } = await shop.redeem(await user.back(), sent);
    expect(claims?.acr).toBe('aal2');
    expect(claims?.amr).toEqual(expect.arrayContaining(['pop', 'user', 'otp', 'mfa']));
    expect(claims?.amr).not.toContain('pwd');
  });

  it('C8: whoever has come to the passkey’s page without one gets back to the password', async () => {
    const person = await bank.person({ email: true });
    await begin(user);
    await user.press('Sign in with a passkey');
    await user.press('Use a password');
    await user.signIn(person);
    expect(await user.heading()).toBe('Confirm that it is you');
  });

  it('C9: a remembered browser skips the code and raises no acr, until its time is up or it is forgotten; 0 disables', async () => {
    const person = await bank.person({ phone: true });
    const kiosk = await client({ ...MFA, name: 'Kiosk', rememberDeviceSeconds: REMEMBER_SECONDS });
    const signedOut = () => user.context.clearCookies({ name: /^(?!cs-device)/ });
    /** Signs in anew, without a session; whether a code was asked for, and the ID token where none was. */
    const signIn = async (): Promise<{ asked: boolean; claims?: Record<string, unknown> }> => {
      await signedOut();
      const sent = await begin(user, kiosk);
      await user.signIn(person);
      if (!user.isBack && (await user.heading()) === 'Confirm that it is you') return { asked: true };
      if (!user.isBack) await user.press('Allow');
      return { asked: false, claims: (await kiosk.redeem(await user.back(), sent)).claims! };
    };
    const sent = await begin(user, kiosk);
    await user.signIn(person);
    await confirm(user, person.phoneNumber!);
    expect(await (await user.look('remember')).heading()).toBe('Remember this browser?');
    await user.press('Remember it');
    await user.press('Allow');
    expect((await kiosk.redeem(await user.back(), sent)).claims?.acr).toBe('aal2');

    expect(await signIn()).toMatchObject({ asked: false, claims: { acr: 'aal1', amr: ['pwd'] } });
    // another browser is asked
    const other = await open();
    await begin(other, kiosk);
    await other.signIn(person);
    expect(await other.heading()).toBe('Confirm that it is you');
    await other.close();
    // an application may ask for the real thing
    await signedOut();
    await begin(user, kiosk, { claims: '{"id_token":{"acr":{"essential":true,"value":"aal2"}}}' });
    await user.signIn(person);
    expect(await user.heading()).toBe('Confirm that it is you');

    await bank.change(kiosk, { rememberDeviceSeconds: 0 });
    expect((await signIn()).asked).toBe(true);
    await bank.change(kiosk, { rememberDeviceSeconds: 1 });
    expect((await signIn()).asked).toBe(true);
    await bank.change(kiosk, { rememberDeviceSeconds: REMEMBER_SECONDS });
    expect((await signIn()).asked).toBe(false);

    await user.visit(`${bank.issuer(`${bank.appId}.localhost`)}/account`);
    await (await user.look('account-devices')).press(/^Forget Chrome/);
    expect((await signIn()).asked).toBe(true);
  });

  it('C10: another code at once is refused with 429, and says when to come again', async () => {
    const person = await bank.person({ email: true });
    await begin(user);
    await user.signIn(person);
    await user.press(/^E-mail to/);
    await desk.phone.next(person.email!);
    const answer = user.page.waitForResponse((response) => response.request().method() === 'POST');
    await user.press('Send another code');
    const got = await answer;
    expect([got.status(), Number(got.headers()['retry-after']) > 0]).toEqual([429, true]);
    expect(await (await user.look('mfa-too-many')).alert()).toMatch(/Too many codes were asked for/);
    expect(await desk.phone.all(person.email!)).toHaveLength(1);
  });

  it('C1, C4: all of it works with JavaScript switched off', async () => {
    const plain = await open(false);
    const person = await bank.person({ phone: true });
    const sent = await begin(plain);
    await plain.signIn(person);
    expect(await plain.buttons()).toEqual([expect.stringMatching(/^Text message to/), 'Cancel']);
    await plain.press(/^Text message to/);
    const code = await desk.phone.code(person.phoneNumber!);
    await plain.code(wrongFor(code));
    expect(await plain.alert()).toContain('not right');
    await plain.code(code);
    await plain.press('Allow');
    expect((await shop.redeem(await plain.back(), sent)).claims?.acr).toBe('aal2');
    await plain.close();
    expect(plain.complaints).toEqual([]);
  });
});
