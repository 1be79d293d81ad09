import { BrowserDesk } from '../../src/browser-desk.ts';
import { describeBrowser } from '../../src/describe-browser.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';
import type { RelyingParty } from '../../src/relying-party.ts';
import { SignInPage } from '../../src/sign-in-page.ts';

type Picks = Record<string, string>;

await describeBrowser('`openid 2fa` in Chromium, from a relying party and back', () => {
  const desk = BrowserDesk.open('second_factor_pages');
  let bank: OidcBank;
  let shop: RelyingParty;
  let user: SignInPage;
  /** Have passcodes. */
  let dana: Person & { picks: Picks };
  let robin: Person & { picks: Picks };

  const open = (javaScript = true) =>
    SignInPage.open(desk.browser, { site: desk.site, javaScript, ...(javaScript && { looks: desk.looks }) });
  const about = ({ username }: Pick<Person, 'username'>, scope = 'openid 2fa') =>
    shop.pushed({ scope, login_hint: username });
  /** Makes a passcode on the pages of `2fa_link`; answers the images. */
  const enrol = async (at: SignInPage, person: Pick<Person, 'username'>): Promise<Picks> => {
    await at.visit((await about(person, 'openid 2fa 2fa_link')).url);
    expect(await (await at.look('passcode-choose')).heading()).toBe('Choose your secret images');
    const picks = await at.firstImages();
    await at.pick(picks);
    await at.press('Continue');
    expect(await (await at.look('passcode-repeat')).heading()).toBe('Repeat your images');
    await at.pick(picks);
    await at.press('Save');
    await at.back();
    return picks;
  };
  /** Other images than those. */
  const wrong = async (at: SignInPage, picks: Picks): Promise<Picks> => {
    const firsts = Object.entries(await at.firstImages());
    const others = await Promise.all(
      firsts.map(async ([name, value]) => {
        const all = await at.page
          .locator(`input[name="${name}"]`)
          .evaluateAll((inputs) => inputs.map((input) => (input as unknown as { value: string }).value));
        return [name, all.find((one) => one !== picks[name]) ?? value];
      }),
    );
    return Object.fromEntries(others) as Picks;
  };

  beforeAll(async () => {
    bank = await OidcBank.open(desk.system);
    shop = await bank.client({
      host: `${bank.appId}.localhost`,
      settings: { redirectUris: [desk.site.url] },
    });
    const people = [await bank.person(), await bank.person()];
    const enrolled = people.map(async (person) => {
      const at = await open();
      const picks = await enrol(at, person);
      await at.close();
      return { ...person, picks };
    });
    [dana, robin] = (await Promise.all(enrolled)) as [typeof dana, typeof robin];
  });
  beforeEach(async () => {
    user = await open();
  });
  afterEach(async () => {
    await user.close();
    expect(user.complaints).toEqual([]);
  });

  it('V1, V2: starts the challenge for the hinted user; by keyboard alone the images lead back with code and state', async () => {
    const sent = await about(dana);
    await user.visit(sent.url);
    expect(await (await user.look('passcode')).heading()).toBe('Your secret images');
    expect(await user.text()).toContain(dana.username);
    await user.pickByKeyboard(dana.picks);
    await user.answered(() => user.page.keyboard.press('Enter'));
    const back = await user.back();
    expect([...back.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(back.searchParams.get('state')).toBe(sent.state);
    const { answer, claims } = await shop.redeem(back, sent);
    expect(Object.keys(answer).sort()).toEqual(['expires_in', 'id_token', 'token_type']);
    expect(claims).toMatchObject({
      ...{ preferred_username: dana.username, nonce: sent.nonce, amr: ['kba'], acr: 'aal1' },
      ...{ iss: shop.options.issuer, aud: shop.options.clientId },
    });
  });

  it('V1: another user cannot complete it: her images are refused, and there is no place to name oneself', async () => {
    const sent = await about(dana);
    await user.visit(sent.url);
    // every image stands in every user's grids only by chance: what she has picked is not all there
    const hers = await wrong(user, dana.picks);
    await user.pick(hers);
    await user.press('Continue');
    expect(await (await user.look('passcode-wrong')).alert()).toMatch(/not/);
    expect(await user.page.getByLabel('Username').count()).toBe(0);
    expect(user.isBack).toBe(false);
    // and a second factor of hers lets her in nowhere: the browser has no session of it
    await user.visit((await about(robin)).url);
    await user.pick(robin.picks);
    await user.press('Continue');
    await user.back();
    const { url } = await shop.request({ prompt: 'none' });
    await user.visit(url);
    expect((await user.back()).searchParams.get('error')).toBe('login_required');
  });

  it('V1: it is asked anew each time', async () => {
    for (const _ of [1, 2]) {
      const sent = await about(dana);
      await user.visit(sent.url);
      expect(await user.heading()).toBe('Your secret images');
      await user.pick(dana.picks);
      await user.press('Continue');
      expect((await shop.redeem(await user.back(), sent)).claims?.amr).toEqual(['kba']);
    }
  });

  it('V2: an unregistered redirect URI is a page of ours, and leads nowhere', async () => {
    const { url } = await shop.request({ scope: 'openid 2fa', login_hint: dana.username });
    url.searchParams.set('redirect_uri', 'https://evil.example/callback');
    await user.visit(url);
    await user.look('error');
    expect(new URL(user.page.url()).hostname).toBe(`${bank.appId}.localhost`);
    expect(await user.page.getByRole('link').count()).toBe(0);
    expect(await user.text()).toContain('400');
  });

  it('V7: the back button after the end leads to the same answer, which is worth nothing a second time', async () => {
    const sent = await about(dana);
    await user.visit(sent.url);
    await user.pick(dana.picks);
    await user.press('Continue');
    const back = await user.back();
    await shop.redeem(back, sent);
    await user.page.goBack({ waitUntil: 'domcontentloaded' });
    await expect(shop.redeem(new URL(back), sent)).rejects.toMatchObject({ error: 'invalid_grant' });
    if (!user.isBack)
      expect(await (await user.look('over')).heading()).toMatch(
        /^This sign-in (has ended|is not of this browser)$/,
      );
  });

  it('V10: five wrong sequences end it without a code', async () => {
    const person = await bank.person();
    const picks = await enrol(user, person);
    const sent = await about(person);
    await user.visit(sent.url);
    for (let tries = 1; tries <= 5; tries++) {
      await user.pick(await wrong(user, picks));
      await user.press('Continue');
      expect([tries, user.isBack]).toEqual([tries, tries === 5]);
    }
    const { searchParams } = await user.back();
    expect([searchParams.get('error'), searchParams.get('code')]).toEqual(['access_denied', null]);
    expect(searchParams.get('state')).toBe(sent.state);
  });

  it('V10: who cancels is sent back with access_denied', async () => {
    await user.visit((await about(dana)).url);
    await user.press('Cancel');
    expect((await user.back()).searchParams.get('error')).toBe('access_denied');
  });

  it('V11: 2fa_link makes a passcode for somebody new, once; images can be chosen by chance', async () => {
    const newcomer = { username: `new-${Date.now()}` };
    const sent = await about(newcomer, 'openid 2fa 2fa_link');
    await user.visit(sent.url);
    await user.press('Choose for me');
    expect(await (await user.look('passcode-suggested')).text()).toContain('chosen for you');
    const picks: Picks = {};
    for (const input of await user.page.locator('input[type="radio"]:checked').all())
      picks[(await input.getAttribute('name'))!] = (await input.getAttribute('value'))!;
    await user.press('Continue');
    // not the same: nothing is made
    await user.pick(await wrong(user, picks));
    await user.press('Save');
    expect(await (await user.look('passcode-mismatch')).alert()).toContain('not the images you chose');
    await user.pick(picks);
    await user.press('Save');
    const { claims } = await shop.redeem(await user.back(), sent);
    expect(claims).toMatchObject({ preferred_username: newcomer.username, amr: ['kba'] });
    await user.visit((await about(newcomer, 'openid 2fa 2fa_link')).url);
    expect(await user.heading()).toBe('Your secret images');
    await user.pick(picks);
    await user.press('Continue');
    expect((await user.back()).searchParams.has('code')).toBe(true);
  });

  it('V1, V11: all of it works with JavaScript switched off', async () => {
    const plain = await open(false);
    const person = await bank.person();
    const picks = await enrol(plain, person);
    const sent = await about(person);
    await plain.visit(sent.url);
    await plain.pick(await wrong(plain, picks));
    await plain.press('Continue');
    expect(await plain.alert()).toMatch(/not/);
    await plain.pick(picks);
    await plain.press('Continue');
    expect((await shop.redeem(await plain.back(), sent)).claims).toMatchObject({
      preferred_username: person.username,
    });
    await plain.close();
    expect(plain.complaints).toEqual([]);
  });

  it('a client that asks for the user: their name first, then their images', async () => {
    const asking = await bank.client({
      host: `${bank.appId}.localhost`,
      settings: {
        ...{ redirectUris: [desk.site.url], name: 'Bank without names' },
        ...{ hint: 'ask', scopes: ['openid', '2fa'] },
      },
    });
    const sent = await asking.request({ scope: 'openid 2fa' });
    await user.visit(sent.url);
    expect(await (await user.look('identify')).heading()).toBe('Who are you?');
    await user.type('Username', dana.username);
    await user.press('Continue');
    await user.pick(dana.picks);
    await user.press('Continue');
    expect((await asking.redeem(await user.back(), sent)).claims?.preferred_username).toBe(dana.username);
  });

  it('a page of another sign-in, or of none, says so', async () => {
    await user.visit((await about(dana)).url);
    const page = user.page.url();
    const other = await open();
    await other.visit(page);
    expect(await (await other.look('other-browser')).heading()).toBe('This sign-in is not of this browser');
    await other.close();
  });
});
