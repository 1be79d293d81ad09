import { randomUUID } from 'node:crypto';
import {
  DecisionVerifier,
  type Login,
  MfaGateway,
  type MfaState,
  MfaStep,
  type PageContext,
  PasskeyStep,
  type Proof,
  ScopeMfaStep,
  type StepOutcome,
} from '@countersign/oidc-broker/mfa';
import { decodeUnverified } from '@countersign/security';
import { expectStatus } from '../../src/bank.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import { PasskeyUser } from '../../src/passkey-user.ts';
import { wrongFor } from '../../src/phone.ts';

type Proved = Extract<StepOutcome, { kind: 'proved' }>;
const now = () => Math.floor(Date.now() / 1000);
const PASSWORD = (): Proof => ({ factor: 'password', at: now(), amr: ['pwd'], acr: 'aal1' });

/** The broker's steps of a login, taken as its door takes them: pages read as text, forms sent, what is kept is kept. */
class Steps {
  login: Login;

  constructor(
    private readonly desk: OtpDesk,
    private readonly name: 'mfa' | 'scope-mfa' | 'passkey' = 'mfa',
    more: Partial<Login> = {},
  ) {
    this.login = {
      ...{ uid: randomUUID(), appId: desk.bank.appId, clientId: 'c', mode: 'login', version: 0 },
      ...{ username: desk.user, proofs: [PASSWORD()], data: {}, expiresAt: now() + 600 },
      demand: { prompt: 'mfa', policy: 'mfa', scopes: [], claims: [] },
      ...more,
    };
  }

  get context(): PageContext {
    const { appId, uid, version } = this.login;
    const theme = { name: 'Bank', colour: '#003366' };
    return { appId, base: `/oidc/${appId}`, action: `/oidc/${appId}/interaction/${uid}`, version, theme };
  }

  private get step() {
    const { app } = this.desk.system.service('oidc-broker');
    return this.name === 'mfa'
      ? app.get(MfaStep)
      : this.name === 'passkey'
        ? app.get(PasskeyStep)
        : app.get(ScopeMfaStep);
  }

  page(error?: string): Promise<string> {
    return this.step.page(this.login, this.context, error);
  }

  /** Sends a form; what the step keeps is kept, through JSON as in a row. */
  async send(form: Record<string, string>, from = '127.0.0.1'): Promise<StepOutcome> {
    const request = { form, clientAddress: from, userAgent: 'test', origin: 'http://localhost' };
    const outcome = await this.step.submit(this.login, request);
    if (outcome.kind === 'again' && outcome.data !== undefined) {
      const data = JSON.parse(JSON.stringify(outcome.data)) as unknown;
      this.login = { ...this.login, data: { ...this.login.data, [this.name]: data } };
    }
    return outcome;
  }

  /** What the buttons of the page would send. */
  async choices(): Promise<string[]> {
    return [...(await this.page()).matchAll(/name="choose" value="([^"]+)"/g)].map(([, value]) => value!);
  }

  /** Chooses the first way of that action. */
  async choose(action: string): Promise<StepOutcome> {
    const choice = (await this.choices()).find((one) => one.startsWith(action));
    if (choice === undefined) throw new Error(`${action} is not on the page`);
    return this.send({ choose: choice });
  }

  get kept(): MfaState {
    return this.login.data[this.name as 'mfa'] as MfaState;
  }
}

describe('MFA of a login at the broker', () => {
  const desk = OtpDesk.open('mfa_step');

  it('C1, C2: lists the addresses there are, masked, sends a code to the chosen one and takes it', async () => {
    const { emails, phones } = await desk.contacts({ emails: 2, phones: 1 });
    const steps = new Steps(desk);
    const page = await steps.page();
    for (const address of emails) expect(page).toContain(`E-mail to ${address[0]}•••@mail.example`);
    expect(page).toContain(`Text message to +1 ••• ${phones[0]!.slice(-2)}`);
    for (const address of [...emails, ...phones]) expect(page).not.toContain(address);
    // looking begins nothing and sends nothing
    expect(await desk.rows('SELECT 1 FROM challenges WHERE username = $1', [desk.user])).toEqual([]);
    expect(await steps.choose('otp:sms')).toEqual({ kind: 'again', data: expect.anything() });
    expect(await steps.page()).toContain('autocomplete="one-time-code"');
    const code = await desk.phone.code(phones[0]!);
    // as people type them
    const proved = (await steps.send({
      action: 'verify',
      code: ` ${code.slice(0, 3)} ${code.slice(3)}`,
    })) as Proved;
    expect(proved).toMatchObject({
      kind: 'proved',
      username: desk.user,
      userId: steps.kept.userId,
      proof: {
        factor: 'mfa',
        acr: 'aal2',
        amr: ['pwd', 'otp', 'sms', 'mfa'],
        policy: 'mfa',
        flowId: steps.kept.flowId,
      },
    });
    const gateway = desk.system.service('oidc-broker').app.get(MfaGateway);
    expect(await gateway.stands(desk.bank.appId, proved.proof)).toBe(true);
    expect(await gateway.stands((await desk.system.bank()).appId, proved.proof)).toBe(false);
  });

  it('C3: a wrong code proves nothing, and the fifth ends the login', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    const code = await desk.phone.code(emails[0]!);
    for (let tries = 1; tries <= 4; tries++) {
      const again = await steps.send({ action: 'verify', code: wrongFor(code) });
      expect(again).toMatchObject({ kind: 'again', error: expect.stringContaining('not right') });
    }
    expect(await steps.send({ action: 'verify', code: wrongFor(code) })).toEqual({
      kind: 'ended',
      reason: 'mfa-refused',
    });
    expect(await steps.send({ action: 'verify', code })).toMatchObject({ kind: 'ended' });
    // and nothing begins it again in this login
    steps.login = { ...steps.login, data: {} };
    expect(await steps.choose('otp:email')).toMatchObject({ kind: 'ended' });
  });

  it('C3, OTP-11: an expired code denies, another one lets in', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    const old = await desk.phone.code(emails[0]!);
    await desk.rows(`UPDATE otp_codes SET expires_at = clock_timestamp() WHERE purpose = $1`, [
      `flow:${steps.kept.flowId}`,
    ]);
    expect(await steps.send({ action: 'verify', code: old })).toMatchObject({
      kind: 'again',
      error: expect.anything(),
    });
    await desk.pauseOver();
    expect(await steps.send({ action: 'again' })).toEqual({ kind: 'again', data: expect.anything() });
    const code = await desk.phone.code(emails[0]!);
    expect((await steps.send({ action: 'verify', code })).kind).toBe('proved');
  });

  it('C10: too many sends are told, with when to come again', async () => {
    await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    const again = await steps.send({ action: 'again' });
    expect(again).toMatchObject({ kind: 'again', retryAfterSeconds: expect.any(Number) });
    expect((again as { error: string }).error).toMatch(
      /Too many codes were asked for\. Try again in \d+ seconds/,
    );
    // the code that was sent is as good as before
    expect(await steps.page()).toContain('Type the code');
  });

  it('budgets count the address of the user, not the broker’s', async () => {
    const bank = desk.bank;
    await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    const choice = (await steps.choices())[0]!;
    await steps.send({ choose: choice }, '203.0.113.7');
    const [row] = await desk.rows<{ address: string }>(
      'SELECT client_address AS address FROM flows WHERE id = $1',
      [steps.kept.flowId],
    );
    expect(row?.address).toContain('203.0.113.');
    expect(bank.appId).toBe(steps.login.appId);
  });

  it('another way can be chosen, and what is not offered cannot', async () => {
    const { phones } = await desk.contacts({ emails: 1, phones: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    await steps.send({ action: 'other' });
    expect(await steps.page()).toContain('How do you want to confirm?');
    for (const choose of ['otp:sms', 'otp:sms|someone-elses', 'totp:verify', 'external', '|', 'otp:email|'])
      expect(await steps.send({ choose })).toMatchObject({ kind: 'again', error: expect.anything() });
    await steps.choose('otp:sms');
    const code = await desk.phone.code(phones[0]!);
    expect((await steps.send({ action: 'verify', code })).kind).toBe('proved');
  });

  it('seed Q8: whoever cancels leaves the flow, and the login ends', async () => {
    await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    expect(await steps.send({ action: 'cancel' })).toEqual({ kind: 'ended', reason: 'cancelled' });
    const [row] = await desk.rows<{ status: string }>('SELECT status FROM flows WHERE id = $1', [
      steps.kept.flowId,
    ]);
    expect(row?.status).toBe('abandoned');
  });

  it('OTP-09: a way that is locked meanwhile is said to be, and is gone from the page', async () => {
    const { emails } = await desk.contacts({ emails: 1, phones: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    await desk.phone.code(emails[0]!);
    await desk.emailLocked();
    expect(await steps.send({ action: 'verify', code: '123456' })).toMatchObject({
      kind: 'again',
      error: expect.stringContaining('no more tries'),
    });
    expect(await steps.choices()).toEqual([expect.stringContaining('otp:sms|')]);
  });

  it('whoever has nothing is told so', async () => {
    await desk.bank.grant(desk.user);
    const page = await new Steps(desk).page();
    expect(page).toContain('There is no way to prove that it is you');
    expect(page).not.toContain('name="choose"');
  });

  it('users of another policy: enrols an address where it says so', async () => {
    await desk.bank.policy('enrolling', {
      offers: ['otp:email'],
      satisfiedBy: [['password', 'otp:email']],
      enrols: ['email:enrol'],
    });
    const demand = { prompt: 'mfa' as const, policy: 'enrolling', scopes: [], claims: [] };
    const steps = new Steps(desk, 'mfa', { demand });
    await steps.choose('email:enrol');
    expect(await steps.page()).toContain('type="email"');
    expect(await steps.send({ action: 'verify', address: 'nonsense' })).toMatchObject({
      error: expect.anything(),
    });
    const address = `${desk.user}@mail.example`;
    await steps.send({ action: 'verify', address });
    await steps.send({ action: 'verify', code: await desk.phone.code(address) });
    await desk.pauseOver();
    await steps.choose('otp:email');
    expect((await steps.send({ action: 'verify', code: await desk.phone.code(address) })).kind).toBe(
      'proved',
    );
  });

  describe('a policy that asks for recovery codes to be made', () => {
    const demand = { prompt: 'mfa' as const, policy: 'recoverable', scopes: [], claims: [] };
    const begun = async () => {
      await desk.bank.policy('recoverable', {
        offers: ['otp:email'],
        satisfiedBy: [['password', 'otp:email']],
        enrols: ['recovery:enrol'],
      });
      const { emails } = await desk.contacts({ emails: 1 });
      const steps = new Steps(desk, 'mfa', { demand });
      await steps.choose('otp:email');
      const code = await desk.phone.code(emails[0]!);
      expect(await steps.send({ action: 'verify', code })).toMatchObject({ kind: 'again' });
      expect(await steps.choices()).toEqual(['recovery:enrol']);
      return steps;
    };
    const codesOn = (page: string) => /<pre class="codes">([^<]+)</.exec(page)?.[1]?.split('\n') ?? [];

    it('shows them once, takes one back, and lets the user in', async () => {
      const steps = await begun();
      expect(await steps.page()).toContain('asks for one more thing');
      await steps.choose('recovery:enrol');
      const codes = codesOn(await steps.page());
      expect(codes).toHaveLength(10);
      // a page that is looked at again shows the same: nothing was made twice
      expect(codesOn(await steps.page())).toEqual(codes);
      await steps.send({ action: 'kept' });
      const confirm = await steps.page();
      expect(confirm).toContain('name="code"');
      for (const code of codes) {
        expect(confirm).not.toContain(code);
        expect(JSON.stringify(steps.login)).not.toContain(code);
      }
      expect(await steps.send({ action: 'verify', code: '' })).toMatchObject({ kind: 'again' });
      expect(await steps.send({ action: 'verify', code: 'horse' })).toMatchObject({
        error: expect.stringContaining('not a recovery code'),
      });
      expect(await steps.send({ action: 'verify', code: '0000-0000-0000-0000' })).toMatchObject({
        error: expect.stringContaining('none of the codes'),
      });
      // as people type them
      const typed = codes[3]!.toLowerCase().replaceAll('-', ' ');
      expect(await steps.send({ action: 'verify', code: typed })).toMatchObject({
        kind: 'proved',
        proof: { factor: 'mfa', policy: 'recoverable' },
      });
      const [kept] = await desk.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM recovery_codes c JOIN users u ON u.id = c.user_id
         WHERE u.username = $1 AND c.consumed_at IS NULL`,
        [desk.user],
      );
      expect(kept?.n).toBe(10);
    });

    it('who did not keep them gets others, and the first are good for nothing', async () => {
      const steps = await begun();
      await steps.choose('recovery:enrol');
      const first = codesOn(await steps.page());
      await steps.send({ action: 'kept' });
      await steps.send({ action: 'again' });
      const second = codesOn(await steps.page());
      expect([second.length, second.some((code) => first.includes(code))]).toEqual([10, false]);
      await steps.send({ action: 'kept' });
      expect(await steps.send({ action: 'verify', code: first[0]! })).toMatchObject({ kind: 'again' });
      expect((await steps.send({ action: 'verify', code: second[0]! })).kind).toBe('proved');
    });

    it('who goes another way on is asked again: the login ends only with them', async () => {
      const steps = await begun();
      await steps.choose('recovery:enrol');
      await steps.send({ action: 'other' });
      expect(await steps.choices()).toEqual(['recovery:enrol']);
      expect(await steps.send({ action: 'cancel' })).toEqual({ kind: 'ended', reason: 'cancelled' });
    });
  });

  it('what these pages cannot do is said, and cannot be chosen', async () => {
    await desk.bank.policy('own-check', { offers: ['external'], satisfiedBy: [['password', 'external']] });
    await desk.bank.grant(desk.user);
    const demand = { prompt: 'mfa' as const, policy: 'own-check', scopes: [], claims: [] };
    const steps = new Steps(desk, 'mfa', { demand });
    const page = await steps.page();
    expect(page).toContain('asks for a step that these pages do not have');
    expect(page).not.toContain('name="choose"');
    expect(await steps.send({ choose: 'external' })).toMatchObject({
      error: expect.stringContaining('not there'),
    });
    expect(await steps.page()).not.toContain('name="code"');
  });

  it('C4: a scope’s MFA is another challenge than the client’s in the same login, and says whose consent it is for', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const first = new Steps(desk);
    await first.choose('otp:email');
    const code = await desk.phone.code(emails[0]!);
    expect((await first.send({ action: 'verify', code })).kind).toBe('proved');
    await desk.pauseOver();
    const steps = new Steps(desk, 'scope-mfa', { uid: first.login.uid, data: first.login.data });
    await steps.choose('otp:email');
    expect(steps.kept.challengeId).not.toBe(first.kept.challengeId);
    // the code of before is used up
    expect(await steps.send({ action: 'verify', code })).toMatchObject({ kind: 'again' });
    const proved = await steps.send({ action: 'verify', code: await desk.phone.code(emails[0]!) });
    expect(proved).toMatchObject({ kind: 'proved', proof: { consentUid: steps.login.uid } });
  });

  it('V1: another user’s proof is not this login’s', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const steps = new Steps(desk, 'mfa', { userId: 'somebody-else' });
    await steps.choose('otp:email');
    const code = await desk.phone.code(emails[0]!);
    expect(await steps.send({ action: 'verify', code })).toEqual({ kind: 'ended', reason: 'another-user' });
  });

  it('OTP-13: no page says a code, and no page escapes what it is told', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    const code = await desk.phone.code(emails[0]!);
    const page = await steps.page('<script>');
    expect(page).not.toContain(code);
    expect(page).not.toContain('<script>');
    expect(page).not.toContain(steps.kept.session);
  });

  it('a decision counts for the challenge, flow, user and subject of this login alone', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const steps = new Steps(desk);
    await steps.choose('otp:email');
    const { kept } = steps;
    const done = await desk.bank.call('POST', '/fido2/v2/mfa/otp/verify', {
      ...{ authorization: kept.session, body: { otp: await desk.phone.code(emails[0]!) } },
    });
    const { payloadSignature } = expectStatus(done, 200);
    const verifier = desk.system.service('oidc-broker').app.get(DecisionVerifier);
    const verify = (state: Partial<MfaState>, decision = payloadSignature, appId = desk.bank.appId) =>
      verifier.verify(appId, { ...kept, ...state }, decision);
    expect(await verify({})).toEqual({ acr: 'aal1', amr: ['pwd', 'otp'] });
    for (const member of ['challengeId', 'flowId', 'userId', 'subjectDigest'] as const)
      expect(await verify({ [member]: 'another' })).toBeUndefined();
    const other = await desk.system.bank();
    expect(await verify({}, payloadSignature, other.appId)).toBeUndefined();
    const [header, claims] = payloadSignature.split('.');
    const forged = { ...decodeUnverified(payloadSignature).claims, acr: 'aal3' };
    const body = Buffer.from(JSON.stringify(forged)).toString('base64url');
    expect(await verify({}, `${header}.${body}.${payloadSignature.split('.')[2]}`)).toBeUndefined();
    expect(await verify({}, `${header}.${claims}.`)).toBeUndefined();
    expect(await verify({}, 'nonsense')).toBeUndefined();
  });
});

describe('C8: a passkey at the broker', () => {
  const desk = OtpDesk.open('mfa_passkeys');

  /** What the page's script would do with the options on it. */
  function signed(user: PasskeyUser, page: string): string {
    const [, options] = /data-options="([^"]+)"/.exec(page) ?? [];
    return JSON.stringify(
      user.authenticator.get(JSON.parse(Buffer.from(options!, 'base64url').toString('utf8'))),
    );
  }

  it('is a first factor by itself, says who it is, and a code may follow', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const user = new PasskeyUser(desk.bank, desk.user);
    await user.enrol();
    const steps = new Steps(desk, 'passkey', {
      username: undefined,
      proofs: [],
    } as unknown as Partial<Login>);
    expect(await steps.page()).toContain('Use a passkey');
    await steps.send({ action: 'start' });
    const page = await steps.page();
    expect(page).toContain(`/oidc/${desk.bank.appId}/assets/passkey.js`);
    const proved = (await steps.send({ action: 'verify', passkey: signed(user, page) })) as Proved;
    expect(proved).toMatchObject({
      kind: 'proved',
      username: desk.user,
      proof: { factor: 'passkey', acr: 'aal2' },
    });
    const mfa = new Steps(desk, 'mfa', { proofs: [proved.proof], userId: proved.userId });
    expect(await mfa.choices()).toEqual([expect.stringContaining('otp:email|')]);
    await mfa.choose('otp:email');
    const done = await mfa.send({ action: 'verify', code: await desk.phone.code(emails[0]!) });
    expect(done).toMatchObject({
      kind: 'proved',
      userId: proved.userId,
      proof: { factor: 'mfa', acr: 'aal2' },
    });
  });

  it('WA-02: what was signed for one login is nothing in another, nor is nonsense', async () => {
    const user = new PasskeyUser(desk.bank, desk.user);
    await user.enrol();
    const one = new Steps(desk, 'passkey', { proofs: [] });
    await one.send({ action: 'start' });
    const passkey = signed(user, await one.page());
    const other = new Steps(desk, 'passkey', { proofs: [] });
    for (const form of [
      { action: 'verify', passkey },
      { action: 'verify', passkey: '{"a":1}' },
    ]) {
      await other.send({ action: 'start' });
      expect(await other.send(form)).toMatchObject({ kind: 'again', error: expect.anything() });
    }
    expect(await other.send({ action: 'verify', passkey: 'x' })).toMatchObject({ kind: 'again' });
  });

  it('is a second factor after a password', async () => {
    await desk.contacts({ emails: 1 });
    const user = new PasskeyUser(desk.bank, desk.user);
    await user.enrol();
    const steps = new Steps(desk);
    expect(await steps.page()).toContain(`data-passkey-rp="${desk.bank.appId}.localhost" hidden`);
    await steps.choose('passkey:auth');
    const passkey = signed(user, await steps.page());
    expect(await steps.send({ action: 'verify', passkey })).toMatchObject({
      kind: 'proved',
      proof: { acr: 'aal2', amr: expect.arrayContaining(['pwd', 'mfa']) },
    });
  });
});
