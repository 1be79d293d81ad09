import { detailsOf, nextActionOf } from './next-action.ts';

const offering = (...names: string[]) => names.map((name) => ({ action: { name, label: name } }));

describe('nextAction', () => {
  it('§1.7: without a server’s word, LoginID’s fixed order, whatever order is listed', () => {
    const order = ['passkey:reg', 'passkey:auth', 'passkey:tx', 'otp:sms', 'otp:email', 'external'];
    for (const [index, first] of order.entries())
      expect(nextActionOf({ next: offering(...order.slice(index).reverse()) })).toBe(first);
  });

  it('§1.7: otp:verify is never what comes next; ours come after LoginID’s, in the server’s order', () => {
    expect(nextActionOf({ next: offering('otp:verify') })).toBeUndefined();
    expect(nextActionOf({ next: offering('otp:verify', 'totp:verify', 'recovery:verify') })).toBe(
      'totp:verify',
    );
    expect(nextActionOf({ next: offering('totp:verify', 'external') })).toBe('external');
    expect(nextActionOf({ next: [] })).toBeUndefined();
  });

  it('the server’s word wins where it is offered, and only there', () => {
    const next = offering('passkey:auth', 'external');
    expect(nextActionOf({ next, nextAction: 'external' })).toBe('external');
    expect(nextActionOf({ next, nextAction: 'otp:sms' })).toBe('passkey:auth');
  });

  it('§1.7: remainingFactors say what a page shows', () => {
    const next = [
      {
        action: { name: 'otp:email', label: 'E-mail', desc: 'A code' },
        options: [{ name: 'email:primary', label: 'd•••@x.org', value: 'u-1' }],
      },
      {
        action: { name: 'passkey:auth', label: 'Passkey' },
        options: [{ name: 'assertionOptions', value: 'abc' }],
      },
      { action: { name: 'external', label: 'External' } },
    ];
    expect(detailsOf({ username: 'dana', next, because: [] }).remainingFactors).toEqual([
      { type: 'otp:email', label: 'E-mail', description: 'A code', options: ['d•••@x.org'] },
      { type: 'passkey:auth', label: 'Passkey', value: 'abc' },
      { type: 'external', label: 'External' },
    ]);
  });
});
