import { launchBrowser, newPageWithAuthenticator, servePage } from '../../src/browser.ts';

it('browser', async () => {
  const browser = await launchBrowser();
  console.log(browser.version());
  const { page, authenticator } = await newPageWithAuthenticator(browser);
  await servePage(page, 'http://demo.localhost:4999/x', '<h1>hi</h1><script src="/a.js"></script>', {'/a.js': 'globalThis.a=1'});
  console.log(await page.evaluate(() => [location.origin, isSecureContext, (globalThis as any).a]));
  const made = await page.evaluate(async () => {
    const c: any = await navigator.credentials.create({ publicKey: { rp: { id: 'demo.localhost', name: 'x' }, user: { id: new Uint8Array(16), name: 'a', displayName: 'a' }, challenge: new Uint8Array(32), pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -8 }, { type: 'public-key', alg: -257 }], authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' }, extensions: {credProps: true} } });
    return [c.id, c.getClientExtensionResults(), new TextDecoder().decode(c.response.clientDataJSON)];
  });
  console.log(JSON.stringify(made), await authenticator.credentials());
  await browser.close();
}, 60000);
