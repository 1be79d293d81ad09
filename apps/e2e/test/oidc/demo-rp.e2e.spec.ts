import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../src/browser.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { SignInPage } from '../../src/sign-in-page.ts';
import { PageLooks } from '../../src/page-looks.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

await describeBrowser(
  'the relying party at /demo/rp, in Chromium, with the demo as npm start seeds it',
  () => {
    const looks = new PageLooks();
    let system: System;
    let demo: Awaited<ReturnType<System['seedDemo']>>;
    let browser: Browser;
    let user: SignInPage;
    let phone: Phone;
    let shop: string;

    beforeAll(async () => {
      system = await System.boot('demo_rp', { reachable: true });
      demo = await system.seedDemo();
      browser = await launchBrowser();
      phone = new Phone(system);
      shop = `http://demo.localhost:${new URL(system.gateway).port}/demo/rp`;
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await system?.close();
    });
    beforeEach(async () => {
      user = await SignInPage.open(browser, { site: { url: shop, close: async () => {} }, looks });
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
    /** The first image of each grid that is shown. */
    const firstImages = async (): Promise<Record<string, string>> => {
      const grids = await user.page.locator('fieldset').all();
      const firsts = grids.map(async (grid) => {
        const image = grid.locator('input[type=radio]').first();
        return [await image.getAttribute('name'), await image.getAttribute('value')];
      });
      return Object.fromEntries(await Promise.all(firsts));
    };
    /** Signs robin in up to the code, which goes to `to`. */
    const sendCode = async (way: RegExp) => {
      const button = user.page.getByRole('button', { name: way });
      await user.answered(() => button.click());
    };
    const signInForPayments = async () => {
      await user.press('A scope with MFA');
      await user.signIn(robin());
      expect(await user.text()).toContain('Pay from your accounts');
      await user.press('Allow');
      await sendCode(/^E-mail to/);
      await user.code(await phone.code('robin@demo.example'));
    };

    it('V1–V4, V11: dana chooses her images once, shows them after that, and the shop gets an ID token alone', async () => {
      await user.press('A second factor only');
      const images = await firstImages();
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
      await sendCode(/^Text message to/);
      await user.code(await phone.code('+12025550147'));
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
      expect(looks.faults).toEqual([]);
    });
  },
);
