import { describeBrowser } from '../../src/describe-browser.ts';
import type { Browser } from 'playwright-core';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { launchBrowser } from '../../src/browser.ts';
import { decode, verifiedAccessToken, verifiedPayload } from '../../src/decision.ts';
import { System } from '../../src/system.ts';
import { SdkPage } from '../../src/websdk3.ts';

await describeBrowser('contracts L7, §1.9: @loginid/websdk3 1.6.0, unmodified, in Chromium', () => {
  let system: System;
  let bank: Bank;
  let browser: Browser;
  let page: SdkPage;

  beforeAll(async () => {
    system = await System.boot('websdk3');
    bank = await system.bank({ appId: 'demo', settings: { openRegistration: true } });
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });
  beforeEach(async () => {
    const origin = `http://demo.localhost:${new URL(system.gateway).port}`;
    page = await SdkPage.open(browser, origin, 'demo');
  });
  afterEach(() => page?.close());

  it('registers, signs in, confirms a transaction, lists, renames and deletes', async () => {
    const username = 'ada@example.com';
    const registered = await page.done('registerWithPasskey', username);
    expect((await verifiedAccessToken(bank, registered.jwtAccess)).username).toBe(username);
    const signedIn = await page.done('authenticateWithPasskey', username);
    expect(await verifiedAccessToken(bank, signedIn.jwtAccess)).toMatchObject({ username, acr: 'aal2' });
    expect(await page.done('getUser')).toEqual({ username, id: registered.userId });
    // it puts what tx/complete answers in the place of the token it holds, and calls on with that
    const confirmed = await page.done('confirmTransaction', username, 'Pay 10 € to Erika');
    expect(await verifiedPayload(bank, confirmed.token)).toMatchObject({
      payload: 'Pay 10 € to Erika',
      sub: registered.userId,
    });
    const [passkey] = await page.done('listPasskeys');
    expect(passkey).toMatchObject({ id: registered.passkeyId, credentialId: confirmed.credentialId });
    await page.done('renamePasskey', passkey.id, 'Laptop');
    expect((await page.done('listPasskeys'))[0].name).toBe('Laptop');
    await page.done('deletePasskey', passkey.id);
    expect(await page.done('listPasskeys')).toEqual([]);
  });

  it('from a page of another origin of the application, whose calls the gateway lets it make (CORS)', async () => {
    const gateway = new URL(page.page.url()).origin;
    const away = await SdkPage.open(browser, gateway, 'demo', 'http://demo.localhost:5173');
    await away.done('registerWithPasskey', 'away');
    await away.done('authenticateWithPasskey', 'away');
    const [passkey] = await away.done('listPasskeys');
    await away.done('renamePasskey', passkey.id, 'Phone');
    await away.done('deletePasskey', passkey.id);
    expect(await away.done('listPasskeys')).toEqual([]);
    await away.close();
  });

  it('signs in by autofill: nobody is named, the passkey says who it is', async () => {
    await page.done('registerWithPasskey', 'bea');
    await page.done('signout');
    expect(await page.done('isLoggedIn')).toBe(false);
    const { jwtAccess } = await page.done('enablePasskeyAutofill');
    expect(decode(jwtAccess).payload.username).toBe('bea');
  });

  it('WA-05: the authenticator counts on, login after login', async () => {
    await page.done('registerWithPasskey', 'cleo');
    for (let i = 0; i < 3; i++) await page.done('authenticateWithPasskey', 'cleo');
    const [own] = await page.authenticator.credentials();
    const [row] = await system.rows<{ count: string }>(
      'mfa-orchestrator',
      `SELECT max(sign_count) AS count FROM passkeys p JOIN users u ON u.id = p.user_id WHERE u.username = 'cleo'`,
    );
    expect(Number(row!.count)).toBe(own!.signCount);
  });

  it('WA-07: registering for somebody who exists is refused, and a second passkey on one device by the browser', async () => {
    await page.done('registerWithPasskey', 'dana');
    await page.done('signout');
    expect((await page.call('registerWithPasskey', 'dana')).error).toMatchObject({
      name: 'ApiError',
      status: 403,
    });
    await page.done('authenticateWithPasskey', 'dana');
    expect((await page.call('addPasskey', 'dana')).error).toMatchObject({ code: 'ERROR_PASSKEY_EXISTS' });
  });

  it('a registration opened by a grant of the application', async () => {
    const body = { grants: ['reg:write'], username: 'emil' };
    const { token } = expectStatus(await bank.api('POST', '/fido2/v2/mgmt/grant', body), 200);
    const { jwtAccess } = await page.done('registerWithPasskey', 'emil', { token });
    expect(decode(jwtAccess).payload.username).toBe('emil');
  });

  it('a code made where one is signed in signs in elsewhere, and brings a passkey there', async () => {
    await page.done('registerWithPasskey', 'finn');
    await page.done('authenticateWithPasskey', 'finn');
    const first = await page.done('generateCodeWithPasskey', 'finn');
    const signedIn = await page.done('authenticateWithCode', 'finn', first.code);
    expect(decode(signedIn.jwtAccess).payload.username).toBe('finn');
    await page.done('authenticateWithPasskey', 'finn');
    const second = await page.done('generateCodeWithPasskey', 'finn');
    const elsewhere = await SdkPage.open(browser, new URL(page.page.url()).origin, 'demo');
    await elsewhere.done('addPasskeyWithCode', 'finn', second.code);
    expect(await elsewhere.done('listPasskeys')).toHaveLength(2);
    await elsewhere.close();
  });

  it('WA-04: whom the authenticator does not verify it does not sign for; the next try holds', async () => {
    await page.done('registerWithPasskey', 'gina');
    await page.authenticator.verifies(false);
    expect((await page.call('authenticateWithPasskey', 'gina')).error).toBeDefined();
    await page.authenticator.verifies(true);
    await page.done('authenticateWithPasskey', 'gina');
  });
});
