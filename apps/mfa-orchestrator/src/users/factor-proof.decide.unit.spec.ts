import { assurance } from '../flows/assurance.decide.ts';
import { enrolmentProof, possessionProof } from './factor-proof.decide.ts';

describe('proofs of factors', () => {
  it('NIST SP 800-63B-4 §3.1.2, §3.1.4: an app’s code and a recovery code show possession', () => {
    expect(possessionProof('totp', '1')).toEqual({
      ...{ factor: 'totp', reference: 'totp:1', acr: 'aal1', amr: ['otp'], categories: ['possession'] },
    });
    expect(possessionProof('recovery', '2').reference).toBe('recovery:2');
  });

  it('SP 800-63B-4 §4.1.2: enrolling a factor adds nothing to what a flow showed', () => {
    const shown = possessionProof('totp', '1');
    expect(assurance([shown, enrolmentProof('passkey:reg', '2')])).toEqual(assurance([shown]));
  });

  it('SES-06: an enrolment is found by the factor it brought', () => {
    const referenceOf = (...of: Parameters<typeof enrolmentProof>) => enrolmentProof(...of).reference;
    expect(referenceOf('passkey:reg', '1')).toBe('passkey:enrol:1');
    expect(referenceOf('totp:enrol', '1')).toBe('totp:enrol:1');
    expect(referenceOf('recovery:enrol', '1')).toBe('recovery:enrol:1');
    expect(referenceOf('email:enrol', '1')).toBe('contact:enrol:1');
    expect(referenceOf('sms:enrol', '1')).toBe('contact:enrol:1');
  });
});
