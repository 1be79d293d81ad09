import { describeBrowser } from '../../src/describe-browser.ts';
import { writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import type { Bank } from '../../src/bank.ts';
import { launchBrowser } from '../../src/browser.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';
import { TryPage } from '../../src/try-page.ts';

await describeBrowser(
  'the page at /try, in Chromium: every factor by the SDK against the running system',
  () => {
    let system: System;
    let bank: Bank;
    let browser: Browser;
    let url: string;
    let it_: TryPage;

    beforeAll(async () => {
      system = await System.boot('try_page');
      const settings = {
        contactMinAgeSeconds: 0,
        defaultPolicies: { login: 'external', transaction: 'external' },
      };
      bank = await system.bank({ appId: 'demo', settings });
      const demo = { appId: 'demo', apiKey: bank.apiKey, username: 'dana' };
      await writeFile(system.demoKeyPath, JSON.stringify(demo), { mode: 0o600 });
      browser = await launchBrowser();
      url = `${system.gateway}/try`;
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await system?.close();
    });
    beforeEach(async () => {
      it_ = await TryPage.open(browser, url);
    });
    afterEach(async () => {
      const { complaints } = it_;
      await it_.close();
      expect(complaints).toEqual([]);
    });

    /** The demo bank vouches, and the user makes a passkey. */
    async function enrolPasskey(username: string): Promise<void> {
      await it_.begin(username, ['a passkey']);
      expect(await it_.nextAction()).toBe('external');
      await it_.press('Let the demo bank vouch');
      expect(await it_.told()).toContain('401 with a session');
      expect(await it_.nextAction()).toBe('passkey:reg');
      await it_.press('Create the passkey');
      expect(await it_.told()).toContain('200: the flow is complete');
    }

    it('contracts 1.11, L5, L10: external, a new passkey, then signing in and a transaction by it', async () => {
      expect(new URL(it_.page.url()).hostname).toBe('demo.localhost');
      await enrolPasskey('dana');
      expect(await it_.path()).toEqual(['Begin', 'Vouched for', 'New passkey', 'Complete']);
      expect(await it_.checked('accessToken')).toBe('signature verified');

      await it_.press('Log out');
      await it_.begin('dana');
      expect(await it_.nextAction()).toBe('passkey:auth');
      await it_.press('Use the passkey');
      expect(await it_.checked('accessToken')).toBe('signature verified');
      expect(await it_.claim('accessToken', 'acr')).toBe('aal2');

      await it_.page.getByText('Confirm a transaction').click();
      await it_.type('Amount in EUR', '99.00');
      await it_.press('Begin');
      expect(await it_.nextAction()).toBe('passkey:tx');
      await it_.type('or change the amount', '120.00');
      await it_.press('Change');
      await it_.press('Sign exactly this');
      expect(await it_.checked('payloadSignature')).toBe('signature verified');
      expect(JSON.parse(await it_.claim('payloadSignature', 'payload'))).toMatchObject({ amount: '120.00' });
    }, 60_000);

    it('contracts L3, 1.6: a refusal leaves the flow; the same session goes on with another factor', async () => {
      await it_.begin('eve');
      await it_.page.getByText('With your own key').click();
      await it_.type('The token it answers', 'a-token-of-nobody-0123456789');
      await it_.press('Show it');
      expect(await it_.told()).toContain('without a session');
      expect(await it_.nextAction()).toBe('external');
      await it_.press('Let the demo bank vouch');
      expect(await it_.told()).toContain('200: the flow is complete');
    });

    it('contracts 1.5: an authenticator app and an e-mail address are added after a passkey made in the same flow was shown; both are offered, a wrong code is refused', async () => {
      const address = 'flo@example.com';
      const phone = new Phone(system);
      await it_.begin(address, ['a passkey', 'an authenticator app', 'an e-mail address']);
      await it_.press('Let the demo bank vouch');
      await it_.press('Create the passkey');
      // from here on the passkey is the strongest factor: it has to be shown before more is added
      expect(await it_.nextAction()).toBe('passkey:auth');
      await it_.press('Use the passkey');
      await it_.choose('totp:enrol');
      await it_.press('Show the QR code');
      await it_.page.getByAltText('QR code for an authenticator app').waitFor();
      await it_.press('Add it to this page’s own app');
      await it_.page.getByRole('button', { name: 'Fill in from this page’s own app' }).click();
      await it_.press('Verify');
      await it_.choose('email:enrol');
      await it_.type('E-mail address', address);
      await it_.press('Send a code there');
      const code = await phone.code(address);
      await it_.page.getByRole('button', { name: `Fill in ${code} from the phone` }).click();
      await it_.press('Verify');
      expect(await it_.told()).toContain('200: the flow is complete');
      await it_.page.locator('.lists').getByText('f•••@example.com').waitFor();

      await it_.press('Log out');
      await it_.begin(address);
      expect(await it_.offered()).toEqual(expect.arrayContaining(['totp:verify', 'otp:email', 'external']));
      await it_.choose('totp:verify');
      await it_.type('Code', '000000');
      await it_.press('Verify');
      expect(await it_.told()).toContain('without a session');
      await it_.choose('external');
      await it_.press('Let the demo bank vouch');
      expect(await it_.told()).toContain('200: the flow is complete');
    }, 60_000);

    it('contracts 1.9: passkeys are renamed and removed, devices listed and revoked, tokens refreshed', async () => {
      await enrolPasskey('gil');
      const { page } = it_;
      const account = page.locator('.lists');
      await account.getByLabel('Name of').fill('Laptop');
      await it_.press('Rename');
      await account.getByLabel('Name of Laptop').waitFor();
      await account.getByRole('button', { name: 'Revoke device' }).click();
      await account.getByText('None: a device is trusted').waitFor();
      await it_.press('Refresh the tokens');
      expect(await it_.told()).toContain('200: new tokens');
      expect(await it_.checked('accessToken')).toBe('signature verified');
      // the login was by the bank's word and is too weak to take away what is stronger
      await account.getByRole('button', { name: 'Remove Laptop' }).click();
      await it_.idle();
      expect(await it_.told()).toContain('403');
      await it_.press('Log out');
      await it_.begin('gil');
      await it_.press('Use the passkey');
      await account.getByRole('button', { name: 'Remove Laptop' }).click();
      await account.getByText('None yet.').first().waitFor();
    }, 60_000);

    it('seed Q1: a reload in the middle goes on with the same flow', async () => {
      await it_.begin('hal');
      await it_.page.reload();
      await it_.page.getByText('The server says').waitFor();
      expect(await it_.nextAction()).toBe('external');
      await it_.press('Let the demo bank vouch');
      expect(await it_.told()).toContain('200: the flow is complete');
    });

    it('the page is light or dark as the user’s system is, or as chosen on it', async () => {
      const { page } = it_;
      const [light, dark] = ['rgb(244, 246, 248)', 'rgb(15, 21, 27)'];
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const both = async () => {
        const seen: string[] = [];
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          seen.push(await ground());
        }
        return seen;
      };
      expect(await both()).toEqual([light, dark]);
      await it_.press('Theme: auto');
      expect(await both()).toEqual([light, light]);
      await it_.press('Theme: light');
      expect(await both()).toEqual([dark, dark]);
      await it_.press('Theme: dark');
      expect(await both()).toEqual([light, dark]);
    });

    it('OTP-14: what the page logs holds no session, token or code', async () => {
      await it_.begin('ida');
      await it_.press('Let the demo bank vouch');
      await it_.page.getByRole('button', { name: /^Requests/ }).click();
      const stored = await it_.page.evaluate(() => JSON.stringify({ ...sessionStorage }));
      const tokens = stored.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
      expect(tokens.length).toBeGreaterThan(0);
      const log = await it_.page.locator('#log').textContent();
      for (const token of tokens) expect(log).not.toContain(token);
      expect(log).toContain('/try/vouch');
    });
  },
);
