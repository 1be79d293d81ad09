import { shown, signedIn } from '../../test/account-browser.ts';
import { management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn, PasscodeUser } from '../../test/passcode-user.ts';
import type { Browser } from '../../test/relying-party.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import type { Proof } from '../logins/login.types.ts';
import { FormTokens } from './form-tokens.ts';

const ACCOUNT = '/oidc/demo/account';
const CONFIRM = `${ACCOUNT}/confirm`;
const PASSWORD = 'a small boat of green paper';
const EMAIL = {
  ...{ kind: 'otp:email', id: '21111111-1111-4111-8111-111111111111', label: 'd***@x.example' },
  ...{ createdAt: '2026-01-01T00:00:00Z', verified: true },
};
const broker = new OidcBroker();
let names = 0;
beforeAll(() => broker.open());
afterAll(() => broker.close());

const manage = () => management(broker, 'demo', 'user:read', 'user:write', 'oidc:write');

/** A user with a password and an image passcode, and one's browser with these proofs. */
async function dana() {
  const username = `dana${++names}`;
  const made = await manage()('POST', '/v1/directory/users', { username, password: PASSWORD });
  const userId = made.body.userId as string;
  const picks = await new PasscodeUser(broker, username, userId).enrol();
  const signIn = (...proofs: Proof[]) => signedIn(broker, { userId, proofs });
  return { username, userId, picks, signIn };
}
type Session = Browser & { sessionUid: string };

const passcodes = () => broker.service.app.get(ImagePasscodes, { strict: false });
const isKept = (userId: string) => passcodes().isEnrolled('demo', userId);
const post = (browser: Session, userId: string, path: string, form: Record<string, string>) => {
  const session = { appId: 'demo', userId, uid: browser.sessionUid, proofs: [] };
  const token = broker.service.app.get(FormTokens, { strict: false }).of(session);
  const headers = { 'sec-fetch-site': 'same-origin' };
  return browser.go(path, { form: { token, ...form }, headers });
};
/** The first image of each grid that is not the user's. */
const wrong = (page: string, picks: readonly string[]) =>
  formOf(gridsIn(page).map((grid, at) => grid.find((ref) => ref !== picks[at])!));

describe('an image passcode before changes on the account’s page', () => {
  it('SES-02, security 18: a password alone does not replace or remove it, nor change what else there is', async () => {
    const { userId, picks, signIn } = await dana();
    const thief = await signIn(shown('password'));
    const page = await thief.go(ACCOUNT);
    expect(page.text).not.toMatch(/value="(remove-passcode|change-password)"|href="[^"]*passcode"/);
    const making = await thief.go(`${ACCOUNT}/passcode`);
    expect([making.status, making.headers.location]).toEqual([303, CONFIRM]);
    for (const [path, form] of [
      [ACCOUNT, { action: 'remove-passcode' }],
      [ACCOUNT, { action: 'change-password', current: PASSWORD, password: 'another boat of yellow paper' }],
      [ACCOUNT, { action: 'remove-passkey', id: EMAIL.id }],
      [`${ACCOUNT}/passcode`, formOf(picks)],
    ] as const) {
      const { status, headers } = await post(thief, userId, path, { ...form });
      expect([path, status, headers.location]).toEqual([path, 303, CONFIRM]);
    }
    expect((await thief.go(`${ACCOUNT}/sign-in?confirm=yes`)).headers.location).toBe(CONFIRM);
    expect(await isKept(userId)).toBe(true);
  });

  it('SES-02: once it is shown, it and the password can be changed', async () => {
    const { userId, picks, signIn } = await dana();
    const browser = await signIn(shown('password'));
    const page = await browser.go(CONFIRM);
    expect(page.text).toContain('Ask those who run this service');
    expect(page.headers['content-security-policy']).toContain("form-action 'self'");
    const no = await post(browser, userId, CONFIRM, wrong(page.text, picks));
    expect([no.status, /role="alert"/.test(no.text)]).toEqual([400, true]);
    expect((await post(browser, userId, ACCOUNT, { action: 'remove-passcode' })).headers.location).toBe(
      CONFIRM,
    );
    const yes = await post(browser, userId, CONFIRM, formOf(picks));
    expect([yes.status, yes.headers.location]).toEqual([303, `${ACCOUNT}?done=confirmed`]);
    expect((await browser.go(ACCOUNT)).text).toContain('value="remove-passcode"');
    expect((await browser.go(`${ACCOUNT}/passcode`)).status).toBe(200);
    const password = 'another boat of yellow paper';
    const changed = await post(browser, userId, ACCOUNT, {
      ...{ action: 'change-password', current: PASSWORD, password },
    });
    expect(changed.headers.location).toBe(`${ACCOUNT}?done=password-changed`);
    await post(browser, userId, ACCOUNT, { action: 'remove-passcode' });
    expect(await isKept(userId)).toBe(false);
  });

  it('SES-02: MFA lets the password be changed, not the passcode: its factor may be the work of a password', async () => {
    const { userId, picks, signIn } = await dana();
    broker.neighbours.factors.set(userId, [EMAIL]);
    const weak = await signIn(shown('password'));
    expect((await weak.go(CONFIRM)).headers.location).toBe(`${ACCOUNT}/sign-in?confirm=yes`);
    expect((await post(weak, userId, CONFIRM, formOf(picks))).headers.location).toBe(
      `${ACCOUNT}/sign-in?confirm=yes`,
    );
    const browser = await signIn(shown('password'), shown('mfa'));
    const { text } = await browser.go(ACCOUNT);
    expect([text.includes('value="change-password"'), text.includes('value="remove-passcode"')]).toEqual([
      true,
      false,
    ]);
    expect(text).toContain(`href="${CONFIRM}"`);
    expect((await browser.go(`${ACCOUNT}/passcode`)).headers.location).toBe(CONFIRM);
    const removal = await post(browser, userId, ACCOUNT, { action: 'remove-passcode' });
    expect([removal.headers.location, await isKept(userId)]).toEqual([CONFIRM, true]);
    await post(browser, userId, CONFIRM, formOf(picks));
    await post(browser, userId, ACCOUNT, { action: 'remove-passcode' });
    expect(await isKept(userId)).toBe(false);
  });

  it('SES-02: what one session has shown counts in no other, nor for another passcode', async () => {
    const { userId, username, picks, signIn } = await dana();
    const browser = await signIn(shown('password'));
    await post(browser, userId, CONFIRM, formOf(picks));
    const cookie = browser.cookies.get('cs-images-shown-demo')!;
    expect(cookie.value).not.toContain(userId);
    const other = await signIn(shown('password'));
    other.cookies.set('cs-images-shown-demo', cookie);
    expect((await other.go(`${ACCOUNT}/passcode`)).headers.location).toBe(CONFIRM);
    expect((await browser.go(`${ACCOUNT}/passcode`)).status).toBe(200);
    await manage()('DELETE', `/v1/directory/users/${username}/image-passcode`);
    await new PasscodeUser(broker, username, userId).enrol(1);
    expect((await browser.go(`${ACCOUNT}/passcode`)).headers.location).toBe(CONFIRM);
  });

  it('OTP-09: guesses are counted here as in a login, and locked', async () => {
    const { userId, picks, signIn } = await dana();
    const thief = await signIn(shown('password'));
    const { text } = await thief.go(CONFIRM);
    const statuses: number[] = [];
    for (let tries = 0; tries < 5; tries++)
      statuses.push((await post(thief, userId, CONFIRM, wrong(text, picks))).status);
    expect(statuses).toEqual([400, 400, 400, 400, 429]);
    const right = await post(thief, userId, CONFIRM, formOf(picks));
    expect([right.status, thief.cookies.has('cs-images-shown-demo')]).toEqual([429, false]);
    // by another sign-in the rest of the hour's tries of the name, and then not the right one either
    const again = await signIn(shown('password'));
    for (let tries = 0; tries < 4; tries++) await post(again, userId, CONFIRM, wrong(text, picks));
    const third = await signIn(shown('password'));
    await post(third, userId, CONFIRM, wrong(text, picks));
    expect((await post(third, userId, CONFIRM, formOf(picks))).status).toBe(400);
    expect(third.cookies.has('cs-images-shown-demo')).toBe(false);
  });

  it('only who has just signed in may guess, and by a form of this page; who has no passcode is not asked', async () => {
    const { userId, picks, signIn } = await dana();
    const old = await signIn(shown('password', 301));
    expect((await post(old, userId, CONFIRM, formOf(picks))).headers.location).toBe(
      `${ACCOUNT}/sign-in?confirm=yes`,
    );
    const browser = await signIn(shown('password'));
    const headers = { 'sec-fetch-site': 'cross-site' };
    const token = /name="token" value="([^"]+)"/.exec((await browser.go(CONFIRM)).text)![1];
    for (const sent of [{ form: { token, ...formOf(picks) }, headers }, { form: formOf(picks) }])
      expect((await browser.go(CONFIRM, sent)).status).toBe(403);
    expect(browser.cookies.has('cs-images-shown-demo')).toBe(false);
    await passcodes().remove('demo', userId);
    expect((await browser.go(CONFIRM)).headers.location).toBe(ACCOUNT);
    expect((await browser.go(`${ACCOUNT}/passcode`)).status).toBe(200);
  });

  it('a sign-in that was to end in changes goes on to the images, another one to the account', async () => {
    const { signIn } = await dana();
    const old = await signIn(shown('password', 301));
    const asked = new URL(String((await old.go(`${ACCOUNT}/sign-in?confirm=yes`)).headers.location));
    const state = asked.searchParams.get('state')!;
    const browser = await signIn(shown('password'));
    const back = (value: string) => browser.go(`${ACCOUNT}/callback?code=x&state=${value}`);
    expect((await back(state)).headers.location).toBe(CONFIRM);
    expect((await back('x')).headers.location).toBe(ACCOUNT);
  });
});
