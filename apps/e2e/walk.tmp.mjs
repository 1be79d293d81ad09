import { chmod } from 'node:fs/promises';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
const executablePath = await sparticuz.executablePath(); await chmod(executablePath, 0o755);
const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox','--disable-gpu','--disable-dev-shm-usage','--no-zygote','--hide-scrollbars'] });
const base = process.env.BASE ?? 'http://127.0.0.1:4600';
const user = `dana${Date.now() % 100000}@example.com`;
const scheme = process.env.SCHEME ?? 'light', width = +(process.env.WIDTH ?? 1280), tag = `${scheme}-${width}`;
const context = await browser.newContext({ viewport: { width, height: width < 600 ? 844 : 900 }, colorScheme: scheme, deviceScaleFactor: 1 });
const page = await context.newPage();
page.on('console', (m) => console.log('console', m.type(), m.text()));
page.on('pageerror', (e) => console.log('pageerror', e));
const cdp = await context.newCDPSession(page);
await cdp.send('WebAuthn.enable', { enableUI: false });
await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
let n = 0;
const shot = async (name) => { await page.waitForTimeout(250); await page.screenshot({ path: `/tmp/shots/${tag}-${String(++n).padStart(2, '0')}-${name}.png`, fullPage: true }); };
const told = async () => console.log('   told:', (await page.locator('.told').allInnerTexts()).join('|').replace(/\n/g, ' '), '| next:', (await page.locator('.says .big').allInnerTexts()).join());
const idle = async () => { await page.waitForFunction(() => document.getElementById('stage').getAttribute('aria-busy') === 'false'); await page.waitForTimeout(100); };
const click = async (sel) => { await page.locator(sel).click({ timeout: 5000 }); await idle(); await told(); };
const openAction = async (name) => { const d = page.locator(`details[data-action="${name}"]`); if (!(await d.evaluate((e) => e.open))) await d.locator('> summary').click(); };
const latestCode = async (to) => { for (let i = 0; i < 40; i++) { const r = await (await fetch(`${base}/phone/messages?to=${encodeURIComponent(to)}`)).json(); const m = r.items.find((x) => x.code && !seen.has(x.id)); if (m) { seen.add(m.id); return m.code; } await new Promise((r) => setTimeout(r, 150)); } throw new Error('no code for ' + to); };
const seen = new Set();
try {
  await page.goto(`${base}/try`); console.log('at', page.url());
  await page.waitForSelector('#begin'); await shot('start');
  await page.fill('#username', user);
  for (const e of ['passkey:reg', 'totp:enrol', 'recovery:enrol', 'email:enrol', 'sms:enrol']) await page.check(`input[value="${e}"]`);
  await click('#begin'); await shot('begun');
  await page.locator('details[data-action=external] .own > summary').click();
  await page.fill('#token', 'a-wrong-token-of-some-length-0123456789'); await click('#do-token'); await shot('wrong-token');
  await click('#vouch'); await shot('vouched');
  for (let i = 0; i < 8; i++) {
    const next = (await page.locator('.says .big').allInnerTexts())[0]; if (!next) break;
    console.log('->', next);
    if (next === 'passkey:reg') { await click('#do-passkey-reg'); await shot('after-passkey-reg'); }
    else if (next === 'passkey:auth') { await shot('why-passkey'); await click('#do-passkey-auth'); }
    else if (next === 'totp:enrol') { await openAction(next); await click('#do-totp-enrol'); await page.click('#use-own-app'); await page.waitForTimeout(1200); await shot('totp-qr'); const code = (await page.locator('[data-secret]').first().innerText()); await page.fill('#code-totp-enrol', code); await click('#do-code-totp-enrol'); }
    else if (next === 'recovery:enrol') { await click('#do-recovery-enrol'); await shot('recovery'); const code = await page.locator('#recovery-codes code').first().innerText(); await page.fill('#code-recovery-enrol', code); await click('#do-code-recovery-enrol'); }
    else if (next === 'email:enrol') { await page.fill('#address-email-enrol', user); await click('#do-address-email-enrol'); const code = await latestCode(user); await page.waitForTimeout(500); await shot('email-sent'); await page.fill('#code-email-enrol', code); await click('#do-code-email-enrol'); }
    else if (next === 'sms:enrol') { const num = '+4915' + String(Date.now()).slice(-9); await page.fill('#address-sms-enrol', num); await click('#do-address-sms-enrol'); const code = await latestCode(num); await page.fill('#code-sms-enrol', code); await click('#do-code-sms-enrol'); }
    else { console.log('?? ', next); break; }
  }
  await page.waitForTimeout(800); await shot('complete'); console.log((await page.locator('[data-check]').allInnerTexts()).join(' / '));
  if (await page.locator('#refresh').count()) { await click('#refresh'); }
  console.log((await page.locator('.lists').innerText()).replace(/\n/g, ' · '));
  await click('#log-out'); await shot('logged-out');
  await page.fill('#username', user); await click('#begin'); await shot('sign-in-all');
  for (const a of ['otp:email']) { await openAction(a); for (let i = 0; i < 12; i++) { await click('#do-otp-email'); if (!(await page.locator('.told.bad').count())) break; if (!i) await shot('429'); await page.waitForTimeout(4000); } const code = await latestCode(user); await page.waitForTimeout(600); await shot('otp-sent'); await page.fill('#code-otp-email', '000000'); await click('#do-code-otp-email'); await shot('otp-wrong'); await page.fill('#code-otp-email', code); await click('#do-code-otp-email'); }
  await page.waitForTimeout(600); await shot('signed-in-otp');
  // transaction
  await page.locator('label.segment', { hasText: 'Confirm' }).click(); await shot('tx-form'); await click('#begin'); await shot('tx-begun');
  if (await page.locator('details[data-action="passkey:tx"]').count()) { await openAction('passkey:tx'); await page.fill('#new-amount', '250.00'); await click('#do-new-amount'); await openAction('passkey:tx'); await click('#do-passkey-tx'); await page.waitForTimeout(700); await shot('tx-done'); console.log((await page.locator('[data-check]').allInnerTexts()).join(' / ')); }
  await page.click('#toggle-log'); await page.locator('#log summary').nth(2).click(); await shot('log'); await page.click('#toggle-log');
} catch (e) { console.log('FAILED', e); await shot('failed'); }
await browser.close();
