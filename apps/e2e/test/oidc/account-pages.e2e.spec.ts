import { AccountPage } from '../../src/account-page.ts';
import { expectStatus } from '../../src/bank.ts';
import { BrowserDesk } from '../../src/browser-desk.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';

await describeBrowser('the pages of users and of administrators, in Chromium', () => {
  const desk = BrowserDesk.open('account_pages');
  let oidc: OidcBank;
  let user: AccountPage;

  beforeAll(async () => {
    oidc = await OidcBank.open(desk.system);
  });
  beforeEach(async () => {
    user = await AccountPage.open(desk.browser, desk.looks, desk.phone);
  });
  afterEach(async () => {
    await user.close();
    expect(user.complaints).toEqual([]);
  });

  const account = () => `${oidc.issuer(`${oidc.appId}.localhost`)}/account`;
  async function confirmed(person: Person): Promise<void> {
    await user.visit(account());
    await user.signIn(person);
    expect(await user.heading()).toBe('Your account');
    await user.press('Confirm it is you', 'link');
    await user.typeCode(person.email!);
    expect(await user.notice()).toContain('five minutes');
  }

  it('issue 6.6, security 18: the account is shown after a password, and changed after a second factor', async () => {
    const person = await oidc.person({ email: true });
    await user.visit(account());
    await user.signIn(person);
    await user.look('account-confirm');
    expect(await user.has('button', 'Change password')).toBe(false);
    await user.press('Confirm it is you', 'link');
    await user.typeCode(person.email!);
    await user.look('account');
    await user.type('Current password', person.password);
    await user.type('New password', 'short');
    await user.press('Change password');
    expect(await user.text()).toContain('must have at least');
    await user.look('account-refused');
    await user.type('Current password', person.password);
    await user.type('New password', 'nine violet herons dance');
    await user.press('Change password');
    expect(await user.notice()).toContain('password is changed');
  });

  it('SES-02: whoever has an image passcode, and nothing else, is asked for it before changes', async () => {
    const person = await oidc.person();
    await user.visit(account());
    await user.signIn(person);
    await user.press('Choose images', 'link');
    await user.pickImages();
    await user.press('Continue');
    await user.pickImages();
    await user.press('Save');
    expect(await user.has('button', 'Change password')).toBe(false);
    await user.look('account-images');
    await user.press('Confirm it is you', 'link');
    await user.pickImages();
    await user.press('Continue');
    expect(await user.notice()).toContain('five minutes');
    expect(await user.has('button', 'Change password')).toBe(true);
  });

  it('issue 6.6: an image passcode is made and removed on the account’s page', async () => {
    await confirmed(await oidc.person({ email: true }));
    await user.press('Choose images', 'link');
    await user.look('account-passcode');
    await user.pickImages();
    await user.press('Continue');
    await user.look('account-passcode-repeat');
    await user.pickImages();
    await user.press('Save');
    expect(await user.notice()).toContain('passcode is set');
    await user.look('account-passcode-held');
    expect(await user.has('button', 'Remove it')).toBe(false);
    await user.press('Change or remove it', 'link');
    await user.look('account-confirm-images');
    await user.pickImages();
    await user.press('Continue');
    expect(await user.notice()).toContain('five minutes');
    await user.look('account-passcode-shown');
    await user.press('Remove it');
    expect(await user.notice()).toContain('passcode is removed');
  });

  it('issue 6.6: what was allowed is listed and taken back; a remembered device is forgotten', async () => {
    const person = await oidc.person({ email: true });
    const settings = {
      ...{ consent: 'ask', name: 'Budget planner', redirectUris: [desk.site.url] },
      mfa: { policy: 'mfa' },
      rememberDeviceSeconds: 3600,
    };
    const client = await oidc.client({ settings, host: `${oidc.appId}.localhost` });
    const { url } = await client.request();
    await user.visit(url);
    await user.signIn(person);
    await user.typeCode(person.email!);
    await user.press('Remember it');
    await user.page.getByRole('button', { name: 'Allow', exact: true }).click();
    await user.page.waitForURL(({ href }) => href.startsWith(desk.site.url));
    await user.visit(account());
    expect(await user.text()).toContain('Budget planner');
    await user.look('account-consents');
    await user.press('Revoke Budget planner');
    expect(await user.notice()).toContain('can no longer use');
    expect(await user.text()).not.toContain('Budget planner');
    await user.press(/^Forget Chrome/);
    expect(await user.notice()).toContain('no longer remembered');
  });

  it('what is no page says so', async () => {
    const { origin } = new URL(account());
    await user.visit(`${origin}/oidc/no-such-application/account`);
    expect(await user.heading()).toBe('There is nothing here');
    await user.look('error');
    await user.visit(`${account()}/callback?error=access_denied`);
    await user.look('account-not-signed-in');
    user.complaints.length = 0;
  });

  it('C5: administrators see applications and clients after a second factor, and nothing before', async () => {
    const person = { username: 'root', password: 'nine violet herons dance', email: 'root@platform.example' };
    const body = { username: person.username, password: person.password };
    expectStatus(await desk.system.asPlatform('POST', '/v1/directory/users', { body }), 201);
    const address = { email: person.email, requestVerification: false };
    expectStatus(
      await desk.system.asPlatform('POST', '/fido2/v2/profile/root/email', { body: address }),
      204,
    );
    const admin = `http://localhost:${new URL(desk.system.gateway).port}/admin`;
    await user.visit(admin);
    await user.look('admin-welcome');
    await user.press('Sign in', 'link');
    await user.signIn(person);
    expect(await user.heading()).not.toBe('Applications');
    const url = user.page.url();
    await user.visit(admin);
    expect(await user.heading()).toBe('Administration');
    await user.visit(url);
    await user.typeCode(person.email!);
    expect(await user.heading()).toBe('Applications');
    expect(await user.text()).toContain(oidc.appId);
    await user.look('admin');
    await oidc.client({ settings: { name: 'Till' } });
    await user.press(new RegExp(oidc.appId), 'link');
    expect(await user.text()).toContain('Till');
    await user.look('admin-clients');
    await user.press('Sign out');
    await user.look('sign-out');
  });
});
