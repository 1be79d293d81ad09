import { applicationSettings } from '@countersign/contracts';
import fc from 'fast-check';
import { durationOf, secondsOf } from './duration.decide.ts';
import { changeOf, fieldOf, methodOf } from './mfa-method.decide.ts';

describe('durations', () => {
  it('are read as Go writes them, and nothing else is', () => {
    expect(['5m', '90s', '2m30s', '1h', '1h0m1s', '0s'].map(secondsOf)).toEqual([
      300, 90, 150, 3600, 3601, 0,
    ]);
    for (const text of ['', 'm', '5', '5 m', '-5m', '1.5m', '5m5', '5s5m', '٥m', '5ms', 'P5M'])
      expect(secondsOf(text)).toBeUndefined();
  });

  it('are read as they are written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        (seconds) => secondsOf(durationOf(seconds)) === seconds,
      ),
    );
  });
});

describe('an MFA method', () => {
  const settings = applicationSettings.parse({ otp: { sms: { text: 'Yours: {code} for {app}' } } });

  it('is a view of the application’s settings, with Cloudentity’s placeholder', () => {
    expect(methodOf({ appId: 'bank', settings }, 'sms')).toEqual({
      ...{ id: 'sms', tenant_id: 'bank', mechanism: 'sms', enabled: true },
      settings: {
        sms: {
          provider: 'twilio',
          custom_message_template: 'Yours: [[OTP]] for {app}',
          otp: { length: 6, expiration: '5m' },
        },
      },
    });
  });

  it('changes what is named, and nothing else', () => {
    const change = {
      settings: { email: { custom_message_template: '[[OTP]]!', otp: { expiration: '90s' } } },
    };
    expect(changeOf('bank', 'email', change)).toEqual({
      ok: true,
      value: { email: { ttlSeconds: 90, text: '{code}!' } },
    });
    expect(changeOf('bank', 'email', { enabled: false })).toEqual({
      ok: true,
      value: { email: { enabled: false } },
    });
  });

  it('is not changed by what is about another one', () => {
    for (const request of [
      { id: 'sms' },
      { mechanism: 'sms' as const },
      { tenant_id: 'shop' },
      { settings: { sms: { otp: { length: 8 } } } },
    ])
      expect(changeOf('bank', 'email', request)).toMatchObject({
        ok: false,
        refusal: { code: 'request/invalid' },
      });
    expect(changeOf('bank', 'email', { id: 'email', tenant_id: 'BANK' })).toMatchObject({ ok: true });
  });

  it('says where a refused setting stands in it', () => {
    expect(fieldOf('sms', 'settings.otp.sms.text')).toBe('settings.sms.custom_message_template');
    expect(fieldOf('email', 'settings.otp.email.ttlSeconds')).toBe('settings.email.otp.expiration');
    expect(fieldOf('email', undefined)).toBe('settings.email');
  });
});
