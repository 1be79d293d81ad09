import { randomUUID } from 'node:crypto';
import { Timers } from '@countersign/messaging';
import { waitFor } from '@countersign/testing';
import { expectStatus } from '../../src/bank.ts';
import { serviceToken } from '../../src/credentials.ts';
import { digestOf, verifiedDecision } from '../../src/decision.ts';
import { type Answer, bearer, send } from '../../src/http.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import type { Page } from '../../src/page.ts';
import { PasskeyUser } from '../../src/passkey-user.ts';
import { wrongFor } from '../../src/phone.ts';

const now = () => Math.floor(Date.now() / 1000);

/** As oidc-broker asks mfa-orchestrator. */
async function internal(desk: OtpDesk, method: string, path: string, body?: unknown): Promise<Answer> {
  const authorization = bearer(await serviceToken('oidc-broker', 'mfa-orchestrator'));
  return send(method, desk.system.service('mfa-orchestrator').url, path, { authorization, body });
}

/** A demand for the desk's user who has typed a password. */
const demand = (desk: OtpDesk, more: object = {}) => ({
  ...{ appId: desk.bank.appId, username: desk.user, requires: 'mfa', loginId: randomUUID() },
  ...{ proofs: [{ factor: 'password', at: now() }], ...more },
});

const open = (desk: OtpDesk, more: object = {}) =>
  internal(desk, 'POST', '/internal/challenges', demand(desk, more));

async function begun(desk: OtpDesk, more: object = {}): Promise<{ page: Page; challenge: Answer['body'] }> {
  const challenge = expectStatus(await open(desk, more), 201);
  return { challenge, page: await desk.bank.begin({ beginTicket: challenge.beginTicket }) };
}

const actionsOf = (page: Page): string[] =>
  page.begun.next.map(({ action }: { action: { name: string } }) => action.name);

/** Actions with what a user may choose from, as oidc-broker's page shows them. */
async function offers(desk: OtpDesk, more: object = {}): Promise<Answer['body']> {
  const { loginId: _, ...request } = demand(desk, more) as Record<string, unknown>;
  return expectStatus(await internal(desk, 'POST', '/internal/challenges/offers', request), 200);
}

describe('challenges of logins that oidc-broker leads', () => {
  const desk = OtpDesk.open('login_challenges');

  it('C1, ST-06: a password and a code by e-mail end in a signed decision about this login, and in no token', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const loginId = randomUUID();
    const { page, challenge } = await begun(desk, { loginId });
    expect(actionsOf(page)).toEqual(['otp:email']);
    expect((await page.current()).body.mfaInfo).toEqual({ mfa_context: 'login' });
    const otp = await desk.codeFor(page, emails[0]!);
    const done = expectStatus(await page.step('otp/verify', { otp }), 200);
    expect([done.accessToken, done.idToken, done.refreshToken]).toEqual(['', '', '']);
    const decision = await verifiedDecision(desk.bank, done.payloadSignature);
    expect(decision).toMatchObject({
      outcome: 'allowed',
      sub: challenge.userId,
      challenge_id: challenge.challengeId,
      flow_id: page.flowId,
      amr: ['pwd', 'otp'],
      acr: 'aal1',
    });
    const subject = { appId: desk.bank.appId, username: desk.user, transactionIds: [`oidc:${loginId}`] };
    expect(decision.subject_digest).toBe(digestOf(subject));
    await desk.system.settled();
    const { challengeId } = challenge;
    expect(desk.system.bus.events('mfa.decision.made.v1', { challengeId })).toHaveLength(1);
    const tokens = await desk.system.rows('token-service', 'SELECT 1 FROM issued_tokens WHERE user_id = $1', [
      challenge.userId,
    ]);
    expect(tokens).toEqual([]);
  });

  it('C2: what is offered is exactly what the user has and is verified, masked, before and after the flow begins', async () => {
    const { emails, phones } = await desk.contacts({ emails: 2, phones: 1 });
    const path = `/fido2/v2/profile/${desk.user}-other/email`;
    await desk.bank.grant(`${desk.user}-other`);
    // somebody else's, and one that waits for its code
    expectStatus(
      await desk.bank.api('POST', path, { email: 'x@mail.example', requestVerification: false }),
      204,
    );
    const asked = await offers(desk);
    expect(asked.offers.map(({ action }: { action: string }) => action)).toEqual(['otp:email', 'otp:sms']);
    const labels = asked.offers.flatMap(({ options }: { options: { label: string }[] }) =>
      options.map(({ label }) => label),
    );
    expect(labels).toEqual([
      ...emails.map((address) => `${address[0]}•••@mail.example`),
      `+1 ••• ${phones[0]!.slice(-2)}`,
    ]);
    const { page } = await begun(desk);
    const shown = page.begun.next.flatMap(({ options }: { options: { label: string }[] }) =>
      options.map(({ label }) => label),
    );
    expect(shown).toEqual(labels);
  });

  it('ST-09: the second factor alone, or the first one alone, satisfies nothing', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const { page } = await begun(desk, { proofs: [] });
    const otp = await desk.codeFor(page, emails[0]!);
    // nothing else can be asked for: the flow fails instead of completing
    expectStatus(await page.step('otp/verify', { otp }), 401);
    const [row] = await desk.rows<{ status: string }>('SELECT status FROM flows WHERE id = $1', [
      page.flowId,
    ]);
    expect(row?.status).toBe('failed');
    desk.user = `${desk.user}-without`;
    const { beginTicket } = expectStatus(await open(desk), 201);
    const refused = await desk.bank.tryBegin({ beginTicket });
    expect([refused.status, refused.body.msg]).toEqual([403, 'no-action:mfa']);
    expect((await offers(desk)).offers).toEqual([]);
  });

  it('aal2 takes a possession: a password and a text message reach it, a password and a mailbox do not', async () => {
    const { phones } = await desk.contacts({ phones: 1 });
    const { page } = await begun(desk);
    const otp = await desk.codeFor(page, phones[0]!);
    const done = expectStatus(await page.step('otp/verify', { otp }), 200);
    expect(await verifiedDecision(desk.bank, done.payloadSignature)).toMatchObject({
      amr: ['pwd', 'otp', 'sms', 'mfa'],
      acr: 'aal2',
    });
  });

  it('an image passcode is knowledge: kba, and no second category beside a password', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const proofs = [
      { factor: 'password', at: now() },
      { factor: 'image-passcode', at: now() },
    ];
    const { page } = await begun(desk, { proofs });
    const otp = await desk.codeFor(page, emails[0]!);
    const done = expectStatus(await page.step('otp/verify', { otp }), 200);
    expect(await verifiedDecision(desk.bank, done.payloadSignature)).toMatchObject({
      amr: ['pwd', 'kba', 'otp'],
      acr: 'aal1',
    });
  });

  it('C8: a passkey shown in an earlier login is a first factor, while its user has it', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const user = new PasskeyUser(desk.bank, desk.user);
    await user.enrol();
    const { page: loggedIn, assertionResult } = await user.asserting();
    expectStatus(await loggedIn.step('passkey/auth', { assertionResult }), 200);
    const proofs = [{ factor: 'passkey', flowId: loggedIn.flowId }];
    const { page } = await begun(desk, { proofs });
    // ST-10: the same passkey is no second factor
    expect(actionsOf(page)).toEqual(['otp:email']);
    const otp = await desk.codeFor(page, emails[0]!);
    const done = expectStatus(await page.step('otp/verify', { otp }), 200);
    const decision = await verifiedDecision(desk.bank, done.payloadSignature);
    expect(decision.acr).toBe('aal2');
    expect(decision.amr).toEqual(expect.arrayContaining(['otp', 'mfa']));
    // another user's login by passkey is nothing here
    desk.user = `${desk.user}-thief`;
    await desk.contacts({ emails: 1 });
    const { page: stolen } = await begun(desk, { proofs });
    expect(actionsOf(stolen)).toContain('otp:email');
    const [row] = await desk.rows<{ n: number }>('SELECT count(*)::int AS n FROM proofs WHERE flow_id = $1', [
      stolen.flowId,
    ]);
    expect(row?.n).toBe(0);
  });

  it('a demand that is repeated is the same challenge, with another ticket, and its flow begins anew', async () => {
    await desk.contacts({ emails: 1 });
    const wanted = { loginId: randomUUID() };
    const [first, second] = [await begun(desk, wanted), await begun(desk, wanted)];
    expect(second.challenge.challengeId).toBe(first.challenge.challengeId);
    expect(second.challenge.beginTicket).not.toBe(first.challenge.beginTicket);
    expect((await first.page.current()).status).toBe(401);
    expect((await second.page.current()).status).toBe(200);
    // another login, or another policy of the same one, is another challenge
    expect((await begun(desk)).challenge.challengeId).not.toBe(first.challenge.challengeId);
    await desk.bank.policy('by-mail', { offers: ['otp:email'], satisfiedBy: [['password', 'otp:email']] });
    const other = await begun(desk, { ...wanted, requires: 'by-mail' });
    expect(other.challenge.challengeId).not.toBe(first.challenge.challengeId);
  });

  it('ST-12: a challenge that has ended is not opened again for the same login', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const wanted = { loginId: randomUUID() };
    const { page } = await begun(desk, wanted);
    const wrong = wrongFor(await desk.codeFor(page, emails[0]!));
    for (let tries = 0; tries < 5; tries++) await page.step('otp/verify', { otp: wrong });
    const again = await open(desk, wanted);
    expect([again.status, again.body.code]).toEqual([409, 'mfa/challenge-ended']);
  });

  it('whoever left three of them open is not kept out of the fourth', async () => {
    await desk.contacts({ emails: 1 });
    const pages = [];
    for (let one = 0; one < 4; one++) pages.push((await begun(desk)).page);
    const still = await Promise.all(pages.map(async (page) => (await page.current()).status));
    expect(still).toEqual([401, 200, 200, 200]);
  });

  it('ST-04: only oidc-broker opens one, a ticket begins it, and only one of that user', async () => {
    await desk.contacts({ emails: 1 });
    const orchestrator = desk.system.service('mfa-orchestrator').url;
    for (const caller of ['token-service', 'sso-data'] as const) {
      const authorization = bearer(await serviceToken(caller, 'mfa-orchestrator'));
      const answer = await send('POST', orchestrator, '/internal/challenges', {
        authorization,
        body: demand(desk),
      });
      expect(answer.status).toBe(403);
    }
    const { challengeId } = expectStatus(await open(desk), 201);
    // the application's keys issue no ticket for it, and its users' tokens do not begin it
    expect((await desk.bank.api('POST', `/v1/challenges/${challengeId}/tickets`)).status).toBe(403);
    const login = await desk.login();
    const { accessToken } = expectStatus(await login.verify(await desk.bank.grant(desk.user)), 200);
    expect((await desk.bank.tryBegin({ challengeId }, { authorization: bearer(accessToken) })).status).toBe(
      401,
    );
    const unknown = await open(desk, { requires: 'nothing-of-that-name' });
    expect([unknown.status, unknown.body.code]).toEqual([400, 'mfa/policy-unknown']);
    const future = await begun(desk, { proofs: [{ factor: 'password', at: now() + 3600 }] });
    const rows = await desk.rows('SELECT 1 FROM proofs WHERE flow_id = $1', [future.page.flowId]);
    expect(rows).toEqual([]);
  });

  it('C10: beyond so many an hour nobody is asked', async () => {
    const bank = await desk.system.bank({ settings: { budgets: { loginChallengesPerHour: 2 } } });
    const ask = () => open(desk, { appId: bank.appId });
    expect([(await ask()).status, (await ask()).status]).toEqual([201, 201]);
    const third = await ask();
    expect([third.status, third.body.code]).toEqual([429, 'access/too-many-requests']);
  });
});

describe('ST-17: what was shown, asked about again', () => {
  const desk = OtpDesk.open('login_standing');
  const standing = async (flowId: string): Promise<boolean> =>
    expectStatus(await internal(desk, 'GET', `/internal/flows/${flowId}`), 200).standing;

  async function completed(): Promise<string> {
    const { phones } = await desk.contacts({ emails: 1, phones: 1 });
    const { page } = await begun(desk, { requires: 'raised' });
    const otp = await desk.codeFor(page, phones[0]!);
    expectStatus(await page.step('otp/verify', { otp }), 200);
    return page.flowId;
  }

  beforeEach(() =>
    desk.bank.policy('raised', {
      offers: ['otp:email', 'otp:sms', 'totp'],
      satisfiedBy: [
        ['password', 'otp:sms'],
        ['password', 'otp:email'],
      ],
    }),
  );

  it('holds as long as policy, factor and user do', async () => {
    const flowId = await completed();
    expect(await standing(flowId)).toBe(true);
    await desk.bank.policy('raised', { offers: ['totp'], satisfiedBy: [['password', 'totp']] });
    expect(await standing(flowId)).toBe(false);
  });

  it('is known for as long as a browser may be remembered for it, 90 days, and not for ever', async () => {
    const [older, flowId] = [await completed(), await completed()];
    const ended = `UPDATE flows SET expires_at = now() - make_interval(days => $2) WHERE id = $1`;
    await desk.rows(ended, [older, 92]);
    await desk.rows(ended, [flowId, 90]);
    desk.system.service('mfa-orchestrator').app.get(Timers, { strict: false }).wake('purge-flows');
    const known = async (id: string) => (await internal(desk, 'GET', `/internal/flows/${id}`)).status === 200;
    await waitFor(async () => !(await known(older)));
    expect(await standing(flowId)).toBe(true);
  });

  it('OTP-09: not while the factor is locked', async () => {
    const flowId = await completed();
    await desk.rows(
      `INSERT INTO attempts (scope, key, count, refused, allowed, expires_at)
       SELECT 'factor:otp:sms', id, 10, 0, true, now() + interval '1 hour' FROM users WHERE username_key = $1`,
      [desk.user],
    );
    expect(await standing(flowId)).toBe(false);
  });

  it('SES-06: not once the number is removed, and not for a user who is gone', async () => {
    const flowId = await completed();
    expectStatus(await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/phone`), 204);
    expect(await standing(flowId)).toBe(false);
    desk.user = `${desk.user}-gone`;
    const other = await completed();
    expectStatus(await desk.bank.api('DELETE', `/v1/users/${desk.user}`), 204);
    expect((await internal(desk, 'GET', `/internal/flows/${other}`)).body?.standing ?? false).toBe(false);
  });

  it('a channel that is disabled between sending and typing satisfies nothing', async () => {
    const { phones } = await desk.contacts({ phones: 1 });
    const { page } = await begun(desk);
    const otp = await desk.codeFor(page, phones[0]!);
    expectStatus(await desk.bank.api('PUT', '/v1/mfa-methods/sms', { enabled: false }), 200);
    expectStatus(await page.step('otp/verify', { otp }), 403);
    expectStatus(await desk.bank.api('PUT', '/v1/mfa-methods/sms', { enabled: true }), 200);
    expectStatus(await page.step('otp/verify', { otp }), 200);
  });
});

describe('users without a second factor', () => {
  const desk = OtpDesk.open('login_enrols');

  beforeAll(() =>
    desk.bank.policy('mfa', {
      offers: ['otp:email', 'otp:sms'],
      satisfiedBy: [['password', 'otp:email']],
      enrols: ['email:enrol'],
    }),
  );

  it('enrol one where policy says so, and show it then', async () => {
    const { page } = await begun(desk);
    expect(actionsOf(page)).toEqual(['email:enrol']);
    const address = `${desk.user}@mail.example`;
    expectStatus(await page.step('contact/request', { channel: 'email', address }), 200);
    const enrolled = await page.step('contact/enrol', { otp: await desk.phone.code(address) });
    expect(expectStatus(enrolled, 401).next[0].action.name).toBe('otp:email');
    await desk.pauseOver();
    const otp = await desk.codeFor(page, address);
    expectStatus(await page.step('otp/verify', { otp }), 200);
  });

  it('OTP-09: a factor that is locked is not replaced that way, nor after a password of long ago', async () => {
    await desk.contacts({ emails: 1 });
    await desk.emailLocked();
    expect(await offers(desk)).toMatchObject({ offers: [], because: ['no-action:mfa'] });
    desk.user = `${desk.user}-late`;
    const proofs = [{ factor: 'password', at: now() - 3600 }];
    expect(await offers(desk, { proofs })).toMatchObject({ offers: [] });
  });
});

describe('addresses for claims', () => {
  const desk = OtpDesk.open('login_claims');

  it('are primary and verified, and of that application alone', async () => {
    const { emails, phones } = await desk.contacts({ emails: 2, phones: 1 });
    const { userId } = expectStatus(
      await internal(desk, 'POST', '/internal/users/resolve', {
        appId: desk.bank.appId,
        username: desk.user,
      }),
      200,
    );
    const ask = (appId: string) => internal(desk, 'GET', `/internal/users/${userId}/contacts?appId=${appId}`);
    expect(expectStatus(await ask(desk.bank.appId), 200)).toEqual({
      ...{ email: emails[0], emailVerified: true },
      ...{ phoneNumber: phones[0], phoneVerified: true },
    });
    expect((await ask((await desk.system.bank()).appId)).status).toBe(404);
  });
});
