import { BrowserDesk } from '../../src/browser-desk.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { SignInPage } from '../../src/sign-in-page.ts';
import type { System } from '../../src/system.ts';

await describeBrowser(
  'the relying party at /demo/rp, in Chromium, with the demo as npm start seeds it',
  () => {
    const desk = BrowserDesk.open('demo_rp');
    let demo: Awaited<ReturnType<System['seedDemo']>>;
    let user: SignInPage;
    let shop: string;

    beforeAll(async () => {
      demo = await desk.system.seedDemo();
      shop = `http://demo.localhost:${new URL(desk.system.gateway).port}/demo/rp`;
    });
    beforeEach(async () => {
      const site = { url: shop, close: async () => {} };
      user = await SignInPage.open(desk.browser, { site, looks: desk.looks });
      await user.visit(shop.replace('demo.localhost', 'localhost'));
      expect(user.page.url()).toBe(shop);
    });
    afterEach(async () => {
      await user.close();
      expect(user.complaints).toEqual([]);
    });

    const outcome = () => user.page.locator('h2').first().innerText();
    const shown = async (id: string) => JSON.parse(await user.page.locator(`#${id}`).innerText());
    const robin = () => ({ username: demo.mfaUsername, password: demo.password });
    /** Signs robin in and allows it, by a code that goes by e-mail. */
    const signInForPayments = async () => {
      await user.press('A scope with MFA');
      await user.signIn(robin());
      expect(await user.text()).toContain('Pay from your accounts');
      await user.press('Allow');
      await user.press(/^E-mail to/);
      await user.code(await desk.phone.code('robin@demo.example'));
    };

    it('V1–V4, V11: dana chooses her images once, shows them after that, and the shop gets an ID token alone', async () => {
      await user.press('A second factor only');
      const images = await user.firstImages();
      expect(Object.keys(images).length).toBeGreaterThan(3);
      await user.pick(images);
      await user.press('Continue');
      await user.pick(images);
      await user.press('Save');
      expect(await outcome()).toBe('A second factor only: done');
      const first = await shown('claims');

      await user.press('A second factor only');
      expect(await user.heading()).toBe('Your secret images');
      await user.pick(images);
      await user.press('Continue');
      expect(await outcome()).toBe('A second factor only: done');
      const claims = await shown('claims');
      const expected = { sub: first.sub, preferred_username: demo.username, amr: ['kba'], acr: 'aal1' };
      expect(claims).toMatchObject(expected);
      expect(claims.nonce).not.toBe(first.nonce);
      expect(Object.keys(await shown('answer')).sort()).toEqual(['expires_in', 'id_token', 'token_type']);
      await user.look('demo-rp');
    });

    it('C1, C2: the client with MFA asks robin for a code after the password, to an address that robin has', async () => {
      await user.press('A client with MFA');
      await user.signIn(robin());
      const ways = (await user.buttons()).map((text) => text.split(' to ')[0]);
      expect(ways).toEqual(expect.arrayContaining(['E-mail', 'Text message']));
      await user.press(/^Text message to/);
      await user.code(await desk.phone.code('+12025550147'));
      while (user.page.url() !== shop)
        await user.press((await user.buttons()).includes('Not now') ? 'Not now' : 'Allow');
      expect(await outcome()).toBe('A client with MFA: done');
      expect(await shown('claims')).toMatchObject({
        acr: 'aal2',
        amr: expect.arrayContaining(['pwd', 'mfa']),
      });
      expect(await shown('userinfo')).toMatchObject({ name: 'Robin Vale', email: 'robin@demo.example' });
    });

    it('C4: payments waits for a code at consent, whatever the login was', async () => {
      await signInForPayments();
      expect(await outcome()).toBe('A scope with MFA: done');
      expect((await shown('answer')).scope.split(' ')).toContain('payments');
    });

    it('RP-initiated logout: signed out here and there, the next sign-in asks for the password again', async () => {
      await signInForPayments();
      await user.press('Sign out here and at the issuer');
      if (!user.isBack) await user.press('Sign out');
      await user.back();
      expect(await user.page.locator('#answer').count()).toBe(0);
      await user.press('A scope with MFA');
      expect(await user.heading()).toBe('Sign in');
    });

    it('everybody can use the page: axe finds nothing, on a phone and a desktop, in light and dark', async () => {
      await user.look('demo-rp-begin');
    });
  },
);
