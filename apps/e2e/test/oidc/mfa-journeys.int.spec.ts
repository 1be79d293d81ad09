import { expectStatus } from '../../src/bank.ts';
import type { Arrival } from '../../src/form-browser.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';
import { askedBy, OidcUser } from '../../src/oidc-user.ts';
import { Phone, wrongFor } from '../../src/phone.ts';
import { CALLBACK, type RelyingParty } from '../../src/relying-party.ts';
import { System } from '../../src/system.ts';

/** Logins through the gateway, without scripts: what the orchestrator's MFA makes of them. */
describe('MFA of logins, from the client and back', () => {
  let system: System;
  let oidc: OidcBank;
  let phone: Phone;
  let client: RelyingParty;

  beforeAll(async () => {
    system = await System.boot('mfa_journeys', { reachable: true });
    oidc = await OidcBank.open(system);
    phone = new Phone(system);
    client = await oidc.client({ settings: { mfa: { policy: 'mfa' } } });
  });
  afterAll(() => system?.close());

  const visitor = (person: Person) => new OidcUser(oidc.browser(), person, phone);
  const codeOf = ({ url }: Arrival) => url.searchParams.get('code');
  /** Chooses the first way that is offered: its code is sent. */
  const chooseFirst = (user: OidcUser, ways: Arrival) =>
    user.browser.submit({}, ways.forms.flatMap(({ buttons }) => buttons)[0]!.value);

  it('C1, C2: a password alone yields no code; the ways are the user’s own; after a code and consent there is one', async () => {
    const person = await oidc.person({ email: true, phone: true });
    const user = visitor(person);
    const sent = await client.request();
    const ways = await user.visit(sent.url, { upTo: 'way' });
    expect([ways.left, askedBy(ways)]).toEqual([false, 'way']);
    const labels = ways.forms.flatMap(({ buttons }) => buttons).filter(({ name }) => name === 'choose');
    expect(labels.map(({ text }) => text)).toEqual([
      `E-mail to ${person.email![0]}•••@mail.example`,
      `Text message to +1 ••• ${person.phoneNumber!.slice(-2)}`,
    ]);
    const back = await user.through(ways, { way: 'otp:sms' });
    expect(back.url.href.startsWith(`${CALLBACK}?`)).toBe(true);
    const { claims } = await client.redeem(back.url, sent);
    expect(claims).toMatchObject({ acr: 'aal2', amr: expect.arrayContaining(['pwd', 'otp', 'sms', 'mfa']) });
  });

  it('C3, V10: wrong codes end the login without a code', async () => {
    const person = await oidc.person({ email: true });
    const user = visitor(person);
    let at = await user.visit((await client.request()).url, { upTo: 'way' });
    await chooseFirst(user, at);
    const code = await phone.code(person.email!);
    for (let tries = 1; tries <= 4; tries++) {
      at = await user.browser.submit({ code: wrongFor(code) }, 'verify');
      expect([at.left, at.status]).toEqual([false, 400]);
    }
    at = await user.browser.submit({ code: wrongFor(code) }, 'verify');
    expect(codeOf(at)).toBeNull();
    expect([at.left, at.url.searchParams.get('error')]).toEqual([true, 'access_denied']);
  });

  it('C10: another code at once is 429, with when to come again', async () => {
    const user = visitor(await oidc.person({ email: true }));
    const ways = await user.visit((await client.request()).url, { upTo: 'way' });
    await chooseFirst(user, ways);
    const limited = await user.browser.submit({}, 'again');
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(limited.text).toContain('Too many codes were asked for');
  });

  it('C4: a protected scope waits for its code, the others do not', async () => {
    await oidc.scope('payments', { description: 'Pay', mfa: { policy: 'mfa' } });
    const plain = await oidc.client({ settings: { scopes: ['openid', 'profile', 'payments'] } });
    const person = await oidc.person({ email: true });
    const user = visitor(person);
    const sent = await plain.request({ scope: 'openid profile payments' });
    const waiting = await user.visit(sent.url, { upTo: 'way' });
    expect(user.seen).toEqual(expect.arrayContaining(['password', 'consent']));
    const without = await user.browser.submit({}, 'without');
    const { answer } = await plain.redeem((await user.through(without)).url, sent);
    expect(String(answer.scope).split(' ')).not.toContain('payments');
    expect(String(answer.scope).split(' ')).toContain('profile');
    expect(askedBy(waiting)).toBe('way');
    const again = visitor(person);
    const asked = await plain.request({ scope: 'openid profile payments', prompt: 'consent' });
    const granted = await plain.redeem((await again.visit(asked.url)).url, asked);
    expect(String(granted.answer.scope).split(' ')).toContain('payments');
  });

  it('ST-17: what a session has shown is asked for again once the policy was raised', async () => {
    await oidc.bank.policy('house', { offers: ['otp:email'], satisfiedBy: [['password', 'otp:email']] });
    const party = await oidc.client({ settings: { mfa: { policy: 'house' } } });
    const person = await oidc.person({ email: true, phone: true });
    const user = visitor(person);
    expect(codeOf(await user.visit((await party.request()).url))).not.toBeNull();
    user.seen.length = 0;
    expect(codeOf(await user.visit((await party.request()).url))).not.toBeNull();
    expect(user.seen).not.toContain('way');
    await oidc.bank.policy('house', { offers: ['otp:sms'], satisfiedBy: [['password', 'otp:sms']] });
    const raised = await user.visit((await party.request()).url, { upTo: 'way' });
    expect(askedBy(raised)).toBe('way');
    expect(codeOf(await user.through(raised, { way: 'otp:sms' }))).not.toBeNull();
  });

  it('C6: digits of the next code are as just set', async () => {
    const person = await oidc.person({ email: true });
    const settings = { email: { otp: { length: 9 } } };
    expectStatus(await oidc.bank.api('PUT', '/v1/mfa-methods/email', { settings }), 200);
    const user = visitor(person);
    const ways = await user.visit((await client.request()).url, { upTo: 'way' });
    await chooseFirst(user, ways);
    const code = await phone.code(person.email!);
    expect(code).toMatch(/^\d{9}$/);
    expect(codeOf(await user.through(await user.browser.submit({ code }, 'verify')))).not.toBeNull();
  });

  it('whoever has no second factor is told so, and gets no code', async () => {
    const user = visitor(await oidc.person());
    const at = await user.visit((await client.request()).url);
    expect([at.left, at.text]).toEqual([false, expect.stringContaining('no way to prove that it is you')]);
    const back = await user.browser.submit({}, 'cancel');
    expect(back.url.searchParams.get('error')).toBe('access_denied');
  });
});
