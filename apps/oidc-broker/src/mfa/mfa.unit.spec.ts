import type { PageContext, Proof } from '../logins/login.types.ts';
import { givenProofs } from './given-proofs.decide.ts';
import { told, typedPayload } from './mfa-words.ts';
import { choosePage, chosenPage, possible } from './mfa.page.ts';
import { PASSKEY_SCRIPT } from './passkey-script.ts';

const proof = (over: Partial<Proof>): Proof => ({
  factor: 'password',
  at: 100,
  amr: [],
  acr: 'aal1',
  ...over,
});
const context: PageContext = {
  ...{ appId: 'bank', base: '/oidc/bank', action: '/oidc/bank/interaction/u', version: 3 },
  theme: { name: 'Bank', colour: '#000000' },
};

describe('what a login had shown, as the orchestrator is told', () => {
  it('first factors alone, the newest of each kind', () => {
    expect(
      givenProofs([
        proof({ at: 1 }),
        proof({ at: 2 }),
        proof({ factor: 'image-passcode', at: 3 }),
        proof({ factor: 'passkey', flowId: 'f' }),
        proof({ factor: 'mfa', flowId: 'm' }),
        proof({ factor: 'device' }),
      ]),
    ).toEqual([
      { factor: 'password', at: 2 },
      { factor: 'image-passcode', at: 3 },
      { factor: 'passkey', flowId: 'f' },
    ]);
  });

  it('a passkey without its flow is nothing', () => {
    expect(givenProofs([proof({ factor: 'passkey' })])).toEqual([]);
  });
});

describe('what is typed', () => {
  it('a code without the blanks people type into it', () => {
    expect(typedPayload('otp:email', { code: ' 123-456 ' })).toEqual({ otp: '123456' });
    expect(typedPayload('otp:email', { code: '  ' })).toBeUndefined();
    expect(typedPayload('recovery:verify', { code: ' ABCD-EFGH ' })).toEqual({ code: 'ABCD-EFGH' });
  });

  it('what a passkey signed is an object, or nothing', () => {
    expect(typedPayload('passkey:auth', { passkey: '{"a":1}' })).toEqual({ assertionResult: { a: 1 } });
    expect(typedPayload('passkey:reg', { passkey: '{"a":1}' })).toEqual({ creationResult: { a: 1 } });
    for (const passkey of ['', '[]', 'null', '1', 'x'.repeat(70_000), '{'])
      expect(typedPayload('passkey:auth', { passkey })).toBeUndefined();
  });

  it('C10: how long to wait is said', () => {
    const limited = (retryAfterSeconds: number) =>
      told('otp:sms', { code: 'access/too-many-requests', extra: { retryAfterSeconds } });
    expect([limited(30), limited(3600)]).toEqual([
      expect.stringContaining('30 seconds'),
      expect.stringContaining('60 minutes'),
    ]);
  });
});

describe('pages', () => {
  const offers = [
    { action: 'otp:email', label: 'x', options: [{ value: 'id"><b>', label: '<i>d•••@example.com' }] },
    { action: 'external', label: 'x', options: [] },
    { action: 'passkey:auth', label: 'x', options: [{ value: 'b64' }] },
  ];

  it('escape what they show, and offer only what can be done here', () => {
    const page = choosePage(context, { offers, rpId: 'bank.localhost', error: '<b>no</b>' });
    expect(page).not.toMatch(/<b>|<i>/);
    expect(page).not.toContain('external');
    expect(page).toContain('name="version" value="3"');
    expect(page).toContain('data-passkey-rp="bank.localhost" hidden');
  });

  it('hold no options of a passkey before it is chosen', () => {
    expect(choosePage(context, { offers, rpId: 'bank.localhost' })).not.toContain('b64');
    const page = chosenPage(context, { action: 'passkey:auth' }, { offers });
    expect(page).toContain('data-options="b64"');
  });
});

describe('pages of ways', () => {
  const offer = (action: string) => ({ action, label: `The ${action}`, options: [] });
  const choose = (...actions: string[]) =>
    choosePage(context, { offers: actions.map(offer), rpId: 'bank.example' });

  it('every action that the orchestrator names is a way here, or is said not to be', () => {
    const here = [
      ...['otp:email', 'otp:sms', 'totp:verify', 'recovery:verify', 'passkey:auth'],
      ...['email:enrol', 'sms:enrol', 'totp:enrol', 'recovery:enrol', 'passkey:reg'],
    ];
    for (const action of here) expect(possible([offer(action)])).toHaveLength(1);
    for (const action of ['external', 'passkey:tx']) {
      expect(possible([offer(action)])).toEqual([]);
      expect(choose(action)).toContain(`asks for a step that these pages do not have`);
      expect(choose(action)).toContain(`The ${action}`);
    }
    expect(choose('external', 'totp:verify')).not.toContain('do not have');
  });

  it('where only a passkey is left, whoever cannot use one reads why; the script takes it away', () => {
    expect(choose('passkey:reg')).toContain('data-passkey-missing');
    expect(choose('passkey:auth', 'totp:verify')).not.toContain('data-passkey-missing');
    expect(PASSKEY_SCRIPT).toContain('[data-passkey-missing]');
  });

  it('recovery codes: shown on the page that makes them, and on none after it', () => {
    const codes = ['7M2K-0QX4-9TRB-C1HD', '<b>'];
    const page = (chosen: object) =>
      chosenPage(context, { action: 'recovery:enrol', ...chosen }, { offers: [] });
    expect(page({ codes })).toContain('<pre class="codes">7M2K-0QX4-9TRB-C1HD\n&#60;b&#62;</pre>');
    expect(page({ codes })).not.toContain('name="code"');
    expect(page({})).toContain('name="code"');
    for (const one of [page({ codes }), page({})])
      for (const way of ['value="other"', 'value="cancel"']) expect(one).toContain(way);
  });
});
