import { asStrongAs, mayEnrol } from './assurance.decide.ts';
import type { EnrolledFactor, Proof } from './proof.types.ts';

const has = (factor: EnrolledFactor['factor'], acr: EnrolledFactor['acr'] = 'aal1'): EnrolledFactor => ({
  ...{ factor, acr, usable: true },
});
const PASSKEY = has('passkey', 'aal2');
const [APP, PHONE, MAILBOX] = [has('totp'), has('otp:sms'), has('otp:email')];

describe('asStrongAs', () => {
  it('ASVS 7.5.1: a token is as strong as the strongest factor, or it is not enough', () => {
    expect(asStrongAs('aal1', [APP, PASSKEY, MAILBOX])).toBe(false);
    expect(asStrongAs('aal2', [APP, PASSKEY, MAILBOX])).toBe(true);
    expect(asStrongAs('aal1', [APP, MAILBOX])).toBe(true);
  });

  it('ASVS 7.5.1: a factor that may not be used now counts all the same', () => {
    expect(asStrongAs('aal1', [{ ...PASSKEY, usable: false, why: 'suspect' }])).toBe(false);
  });

  it('any token is enough for a user who has no factor', () => {
    expect(asStrongAs('aal1', [])).toBe(true);
  });

  it('ADR 0024: by the token alone a mailbox is no less than a phone; by what a flow showed it is', () => {
    const mailbox: Proof = {
      ...{ factor: 'otp:email', reference: 'contact:1', acr: 'aal1', amr: ['otp'], categories: [] },
    };
    expect(asStrongAs(mailbox.acr, [PHONE])).toBe(true);
    expect(mayEnrol([mailbox], [PHONE])).toBe(false);
    expect(mayEnrol([mailbox], [MAILBOX])).toBe(true);
  });
});
