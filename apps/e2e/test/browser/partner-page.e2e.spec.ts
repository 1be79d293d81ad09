import { writeFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { launchBrowser } from '../../src/browser.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { demoPartnerUrl } from '../../src/system-config.ts';
import { System } from '../../src/system.ts';

const ELEMENT = 'Session.UserSSOIdentifier';

await describeBrowser('the page at /demo/partner, in Chromium, against the running system', () => {
  let system: System;
  let bank: Bank;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    system = await System.boot('partner_page', { reachable: true });
    bank = await system.bank({ appId: 'demo' });
    const demo = { appId: 'demo', apiKey: bank.apiKey, username: 'dana' };
    await writeFile(system.demoKeyPath, JSON.stringify(demo), { mode: 0o600 });
    // as npm start seeds it
    const vendor = { name: 'A partner of the demo bank', handlerUrl: demoPartnerUrl(system.gateway) };
    expectStatus(await bank.api('PUT', '/v1/vendors/partner', vendor), 200);
    const plan = { thirdPartyDataElements: [{ name: ELEMENT, description: 'a unique identifier' }] };
    expectStatus(await bank.api('POST', '/v1/vendors/partner/install', plan), 200);
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('console', (said) => void (said.type() === 'error' && complaints.push(said.text())));
  });
  afterEach(async () => {
    await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  const open = () => page.goto(`${system.gateway}/demo/partner`);
  /** As somebody does it: asks for a link, follows it, and is told who they are. */
  async function visit(username: string): Promise<{ identifier: string; known: string }> {
    await open();
    await page.getByLabel('User').fill(username);
    await page.getByRole('button', { name: 'Ask for a link' }).click();
    await page.getByRole('link', { name: 'Send the user there' }).click();
    await page.waitForURL('**/demo/partner/in?**');
    return {
      identifier: await page.locator('#identifier').innerText(),
      known: await page.locator('#known').innerText(),
    };
  }

  it('S1, S2: the partner mints an identifier the first time and is given the same one the second', async () => {
    const first = await visit('dana');
    expect(first.known).toContain('the first time');
    const second = await visit('DANA');
    expect(second.known).toContain('given back');
    expect(second.identifier).toBe(first.identifier);
    const { items } = expectStatus(await bank.api('GET', '/v1/third-party-data/dana/partner'), 200);
    expect(items).toMatchObject([{ key: ELEMENT, value: first.identifier }]);
    const other = await visit('erin');
    expect(other.known).toContain('the first time');
    expect(other.identifier).not.toBe(first.identifier);

    await page.getByRole('link', { name: 'Back to' }).click();
    await page.getByRole('heading', { name: 'Who came' }).waitFor();
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t').slice(1))).toEqual([
      [other.identifier, 'first time'],
      [first.identifier, 'again'],
      [first.identifier, 'first time'],
    ]);
  });

  it('a link is good once', async () => {
    await visit('finn');
    const used = page.url();
    complaints.length = 0;
    const answer = await page.goto(used);
    expect(answer?.status()).toBe(404);
    await page.getByRole('heading', { name: 'leads nowhere' }).waitFor();
    // a 404 is an error of the page to browsers
    expect(complaints.splice(0)).toHaveLength(1);
  });

  it.each([
    ['light', 1000],
    ['dark', 1000],
    ['light', 360],
    ['dark', 360],
  ] as const)('fits: %s, %i pixels wide', async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 740 });
    const fits = async (name: string) => {
      const { scrollWidth, ground } = await page.evaluate(() => ({
        scrollWidth: document.documentElement.scrollWidth,
        ground: getComputedStyle(document.body).backgroundColor,
      }));
      const shots = process.env.E2E_SHOTS;
      if (shots) await page.screenshot({ path: `${shots}/partner-${name}-${colorScheme}-${width}.png` });
      expect(scrollWidth).toBeLessThanOrEqual(width);
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 28)' : 'rgb(255, 255, 255)');
    };
    await visit(`gwen ${'of a long name '.repeat(8)}`);
    await fits('arrived');
    await page.getByRole('link', { name: 'Back to' }).click();
    await page.getByLabel('User').fill('gwen');
    await page.getByRole('button', { name: 'Ask for a link' }).click();
    await page.getByRole('link', { name: 'Send the user there' }).waitFor();
    await fits('launched');
  });
});
