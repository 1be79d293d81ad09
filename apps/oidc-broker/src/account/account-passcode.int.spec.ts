import { PasswordHasher } from '@countersign/security';
import { jest } from '@jest/globals';
import { shown, signedIn } from '../../test/account-browser.ts';
import { management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn } from '../../test/passcode-user.ts';
import type { Answered, Browser } from '../../test/relying-party.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { ProviderRecords } from '../storage/provider-records.ts';

const AT = '/oidc/demo/account/passcode';
const CONFIRM = '/oidc/demo/account/confirm';
const broker = new OidcBroker();
let names = 0;
beforeAll(() => broker.open());
afterAll(() => broker.close());

async function user(): Promise<string> {
  const manage = management(broker, 'demo', 'user:read', 'user:write');
  const body = { username: `dana${++names}`, password: 'a small boat of green paper' };
  return (await manage('POST', '/v1/directory/users', body)).body.userId as string;
}

const passcodes = () => broker.service.app.get(ImagePasscodes, { strict: false });
const tokenOf = ({ text }: Answered): string => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';

/** The form of the image of each grid that comes `at` among them by name. */
const picksOf = ({ text }: Answered, at = 0): Record<string, string> =>
  formOf(gridsIn(text).map((refs) => refs.toSorted()[at]!));

const send = (browser: Browser, page: Answered, form: Record<string, string>) =>
  browser.go(AT, { form: { token: tokenOf(page), ...form }, headers: { 'sec-fetch-site': 'same-origin' } });

const showImages = async (browser: Browser, picks: Record<string, string>) =>
  browser.go(CONFIRM, {
    form: { token: tokenOf(await browser.go(CONFIRM)), ...picks },
    headers: { 'sec-fetch-site': 'same-origin' },
  });

describe('the image passcode on the account’s page', () => {
  it('a form without images is asked for again, with nothing kept', async () => {
    const browser = await signedIn(broker, { userId: await user(), proofs: [shown('password')] });
    const answer = await send(browser, await browser.go(AT), {});
    expect([answer.status, gridsIn(answer.text).length > 2]).toEqual([400, true]);
    expect([...browser.cookies.keys()]).toEqual(['oidc-demo']);
  });

  it('SES-06: none is made by whoever was signed out while it was being hashed', async () => {
    const userId = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const first = await browser.go(AT);
    const picks = picksOf(first);
    const again = await send(browser, first, picks);
    const hasher = broker.service.app.get(PasswordHasher, { strict: false });
    const hash = hasher.hash.bind(hasher);
    jest.spyOn(hasher, 'hash').mockImplementationOnce(async (...args) => {
      await broker.service.app.get(ProviderRecords, { strict: false }).endSessions('demo', userId);
      return hash(...args);
    });
    expect((await send(browser, again, picks)).headers.location).not.toContain('passcode-set');
    expect(await passcodes().isEnrolled('demo', userId)).toBe(false);
  });

  it('issue 6.6: is made, and made anew, by choosing and repeating', async () => {
    const userId = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    for (const at of [0, 1]) {
      const first = await browser.go(AT);
      expect([first.status, gridsIn(first.text).length > 2]).toEqual([200, true]);
      const picks = picksOf(first, at);
      const again = await send(browser, first, picks);
      expect([again.status, again.text.includes(Object.values(picks)[0]!)]).toEqual([200, true]);
      const wrong = await send(browser, again, picksOf(first, at + 1));
      expect([wrong.status, await passcodes().isEnrolled('demo', userId)]).toEqual([400, at === 1]);
      const made = await send(browser, again, picks);
      expect([made.status, made.headers.location]).toEqual([303, '/oidc/demo/account?done=passcode-set']);
      expect(await passcodes().isEnrolled('demo', userId)).toBe(true);
      expect([...browser.cookies.keys()]).toEqual(['oidc-demo']);
      // what was shown of the former images counts no more
      expect((await browser.go(AT)).headers.location).toBe(CONFIRM);
      expect((await showImages(browser, picks)).headers.location).toBe('/oidc/demo/account?done=confirmed');
    }
    const page = await browser.go('/oidc/demo/account');
    await browser.go('/oidc/demo/account', {
      form: { token: tokenOf(page), action: 'remove-passcode' },
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(await passcodes().isEnrolled('demo', userId)).toBe(false);
  });

  it('SES-02, security 18: not by a session older than five minutes, not by a form of another site', async () => {
    const userId = await user();
    const old = await signedIn(broker, { userId, proofs: [shown('password', 301)] });
    const { status, headers } = await old.go(AT);
    expect([status, headers.location]).toEqual([303, '/oidc/demo/account/sign-in?confirm=yes']);
    const fresh = await signedIn(broker, { userId, proofs: [shown('password')] });
    const page = await fresh.go(AT);
    const picks = picksOf(page);
    for (const sent of [
      { form: picks, headers: { 'sec-fetch-site': 'same-origin' } },
      { form: { ...picks, token: tokenOf(page) }, headers: { 'sec-fetch-site': 'cross-site' } },
    ])
      expect((await fresh.go(AT, sent)).status).toBe(403);
    expect(fresh.cookies.has('cs-passcode-demo')).toBe(false);
  });

  it('I1: what was chosen in one session is nothing in another', async () => {
    const userId = await user();
    const one = await signedIn(broker, { userId, proofs: [shown('password')] });
    const first = await one.go(AT);
    const picks = picksOf(first);
    expect((await send(one, first, picks)).text).toContain('Repeat your images');
    const other = await signedIn(broker, { userId, proofs: [shown('password')] });
    other.cookies.set('cs-passcode-demo', one.cookies.get('cs-passcode-demo')!);
    const page = await other.go(AT);
    // it is the first page of the two
    expect((await send(other, page, picks)).text).toContain('Repeat your images');
    expect(await passcodes().isEnrolled('demo', userId)).toBe(false);
  });
});
