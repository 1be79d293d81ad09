import type { Page } from 'playwright-core';
import { BrowserDesk } from '../../src/browser-desk.ts';
import { newPageWithAuthenticator, type PageWithAuthenticator } from '../../src/browser.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';
import type { RelyingParty, Sent } from '../../src/relying-party.ts';

await describeBrowser('passkeys on pages of logins, in a real browser', () => {
  const desk = BrowserDesk.open('mfa_browser');
  let oidc: OidcBank;
  let at: PageWithAuthenticator;
  let person: Person;
  let party: RelyingParty;

  beforeAll(async () => {
    oidc = await OidcBank.open(desk.system);
    await oidc.bank.policy('with-passkey', {
      offers: ['passkey'],
      satisfiedBy: [['password', 'passkey']],
      enrols: ['passkey:reg'],
    });
    party = await oidc.client({
      host: `${oidc.appId}.localhost`,
      settings: { redirectUris: [desk.site.url], consent: 'implied', mfa: { policy: 'with-passkey' } },
    });
    // an address is a factor: whoever is to make a first passkey on the strength of a password has none
    person = await oidc.person();
    at = await newPageWithAuthenticator(desk.browser);
  });

  const begin = async (page: Page, client = party): Promise<Sent> => {
    const sent = await client.request();
    await page.goto(sent.url.href);
    return sent;
  };
  const password = async (page: Page) => {
    await page.getByLabel('Username').fill(person.username);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const redeemed = async (page: Page, sent: Sent, client = party) => {
    await page.waitForURL(({ href }) => href.startsWith(desk.site.url));
    const { claims } = await client.redeem(new URL(page.url()), sent);
    return claims!;
  };

  it('a first passkey is made after a password, where policy enrols one, and is then the second factor', async () => {
    const { page } = at;
    const sent = await begin(page);
    await password(page);
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Passkey', exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    const claims = await redeemed(page, sent);
    expect(claims).toMatchObject({ acr: 'aal2', amr: expect.arrayContaining(['pwd', 'mfa']) });
    expect(await at.authenticator.credentials()).toHaveLength(1);
  });

  it('C8: a passkey is a first factor by itself', async () => {
    const { page } = at;
    await at.context.clearCookies();
    const plain = await oidc.client({
      host: `${oidc.appId}.localhost`,
      settings: { redirectUris: [desk.site.url], consent: 'implied' },
    });
    const sent = await begin(page, plain);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    const claims = await redeemed(page, sent, plain);
    expect(claims.acr).toBe('aal2');
    expect(claims.amr).not.toContain('pwd');
  });

  it('WA-04: what the authenticator does not sign is said on the page, and another try holds', async () => {
    const { page } = at;
    await at.context.clearCookies();
    const sent = await begin(page);
    await password(page);
    await page.getByRole('button', { name: 'Passkey', exact: true }).click();
    await at.authenticator.verifies(false);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('That did not work').or(page.getByText('not accepted')).waitFor();
    await at.authenticator.verifies(true);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect((await redeemed(page, sent)).acr).toBe('aal2');
  });

  it('WA-03: where the page’s host is not the application’s, no passkey is offered', async () => {
    const elsewhere = await oidc.client({ settings: { mfa: { policy: 'mfa' } } });
    await at.context.clearCookies();
    await begin(at.page, elsewhere);
    await password(at.page);
    await at.page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    // the script that would show the button has run by then
    await at.page.waitForLoadState('load');
    expect(await at.page.getByRole('button', { name: 'Passkey' }).isVisible()).toBe(false);
  });
});
