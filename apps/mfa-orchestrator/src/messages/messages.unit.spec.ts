import { loadOrchestratorConfig } from '../config.ts';
import { isE164, isEmailAddress, numberPrefix } from './addresses.ts';
import { codeIn, emailHtml } from './email-html.ts';
import { emailChannel, smtpFailure } from './email.channel.ts';
import { smsChannel } from './sms.channel.ts';
import { smtpOptions } from './smtp-options.ts';

const email = emailChannel({ urls: ['smtp://127.0.0.1:9'], from: 'no-reply@countersign.example' });
const sms = smsChannel({ urls: ['http://AC1:t@127.0.0.1:9'], from: '+15005550006' });
const mail = { to: 'dana@bank.example', subject: 'Your code', text: '836142 is your code' };

describe('what no provider is given', () => {
  afterAll(() => email.providers.forEach((provider) => provider.close()));

  it.each([
    'dana@bank.example\r\nBcc: all@bank.example',
    'dana@bank.example\nX: y',
    'dana@bank.example, eve@evil.example',
    'Dana <dana@bank.example>',
    '"dana eve"@bank.example',
    'dana(comment)@bank.example',
    'dana@bank.example>',
    'a@b@c.example',
    '@bank.example',
    'dana@',
    'dana@-bank.example',
    `${'x'.repeat(250)}@bank.example`,
    'dana\u0000@bank.example',
  ])('CWE-93: the e-mail address %j', (to) => {
    expect(email.refuses({ ...mail, to })).toBe('address');
  });

  it.each(['Your code\r\nBcc: all@bank.example', 'Your\ncode', 'Your code\u0085', 'Your\tcode'])(
    'CWE-93: the subject %j',
    (subject) => expect(email.refuses({ ...mail, subject })).toBe('subject'),
  );

  it.each(['+49 151 1234567', '4915112345678', '+0151123456', '+1234', '+4915112345678&From=x', '+49\r\n1'])(
    'OTP-21: the number %j',
    (to) => expect(sms.refuses({ ...mail, to })).toBe('address'),
  );

  it('takes what is right, other alphabets too (RFC 6531)', () => {
    for (const to of [
      'dana@bank.example',
      'd.a+x@sub.bank.example',
      'jürgen@bücher.example',
      'root@localhost',
    ])
      expect([to, isEmailAddress(to)]).toEqual([to, true]);
    expect(email.refuses(mail)).toBeUndefined();
    expect([isE164('+4915112345678'), sms.refuses({ ...mail, to: '+4915112345678' })]).toEqual([
      true,
      undefined,
    ]);
  });
});

it.each([
  ['+4915112345678', '+491511'],
  ['+12125550123', '+12125'],
  ['+35312345678', '+3531234'],
  ['+99912345678', '+9991234'],
])('OTP-17: %s counts with all numbers of %s', (number, prefix) => {
  expect(numberPrefix(number)).toBe(prefix);
});

it('the HTML of an e-mail shows the code and escapes everything else', () => {
  const html = emailHtml('836142 is your code for <b>&"Bank"</b>.\nShare it with nobody.', '836142');
  expect(html).toMatch(/<p style="[^"]*font-size:32px[^"]*">836142<\/p>/);
  expect(html).toContain('&#60;b&#62;&#38;&#34;Bank&#34;&#60;/b&#62;.<br>Share');
  expect(html).not.toMatch(/<b>|<a |<img|<script|https?:/);
});

it.each([
  ['836142 is your code', '836142'],
  ['Your code: 0123456789.', '0123456789'],
  ['Call +491511234567. Code 836142', '836142'],
  ['in 5 minutes', undefined],
  ['ref AB836142C and 12345678901', undefined],
])('the code in %j is %s', (text, code) => expect(codeIn(text)).toBe(code));

it.each([
  [{ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550 }, 'refused'],
  [{ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 450 }, 'later'],
  [{ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 421 }, 'unavailable'],
  [{ code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550 }, 'unavailable'],
  [{ code: 'EMESSAGE', command: 'DATA', responseCode: 554 }, 'refused'],
  [{ code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535 }, 'unavailable'],
  [{ code: 'ESOCKET', command: 'CONN' }, 'unavailable'],
  [{ code: 'ETIMEDOUT', command: 'CONN' }, 'unknown'],
])('RFC 5321 §4.2: %j means %s', (error, outcome) => {
  expect(smtpFailure(error).outcome).toBe(outcome);
});

describe('how an SMTP server is spoken to', () => {
  it('a password never passes in clear, unless somebody says so', () => {
    expect(smtpOptions('smtp://u:p%40@mail.example')).toMatchObject({
      ...{
        host: 'mail.example',
        port: 587,
        secure: false,
        requireTLS: true,
        auth: { user: 'u', pass: 'p@' },
      },
    });
    expect(smtpOptions('smtp://u:p@mail.example?tls=none')).toMatchObject({
      requireTLS: false,
      ignoreTLS: true,
    });
    expect(smtpOptions('smtps://mail.example')).toMatchObject({ port: 465, secure: true });
    expect(smtpOptions('smtp://[::1]:2525?tls=required')).toMatchObject({
      host: '::1',
      port: 2525,
      requireTLS: true,
    });
  });

  it('nothing else of the URL becomes an option', () => {
    const options = smtpOptions(
      'smtp://mail.example?tls.rejectUnauthorized=false&debug=true&host=evil.example',
    );
    expect(options).toMatchObject({ host: 'mail.example', disableFileAccess: true, logger: false });
    expect(options).not.toHaveProperty('tls');
    expect(options).not.toHaveProperty('debug');
  });
});

describe('settings', () => {
  const jwk = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'd' });
  const env = {
    ...{ PORT: '0', DATABASE_URL: 'postgres://localhost/x', BUS: 'in-process', SERVICE_KEY: jwk },
    SERVICES_JWKS: JSON.stringify({ keys: [{ kid: 'k', kty: 'OKP', service: 'mfa-orchestrator' }] }),
    MASTER_KEY: 'A'.repeat(43),
  };
  const problems = (more: object): string => {
    try {
      loadOrchestratorConfig({ ...env, ...more });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('several providers, in order; a channel that is not set up is absent', () => {
    const { email, sms } = loadOrchestratorConfig({
      ...env,
      ...{
        SMTP_URL: 'smtp://a.example, smtps://u:p@b.example',
        MAIL_FROM: 'Demo bank <no-reply@bank.example>',
      },
    });
    expect(email).toEqual({
      urls: ['smtp://a.example', 'smtps://u:p@b.example'],
      from: 'Demo bank <no-reply@bank.example>',
    });
    expect(sms).toBeUndefined();
  });

  it('says what is missing or wrong, never the value', () => {
    expect(problems({ SMTP_URL: 'smtp://a.example' })).toContain('MAIL_FROM: is missing');
    expect(problems({ SMS_URL: 'https://api.twilio.com', SMS_FROM: '+15005550006' })).toContain(
      'SMS_URL: must hold',
    );
    expect(problems({ SMTP_URL: 'http://canary' })).toMatch(/SMTP_URL: must be smtp/);
    expect(problems({ MAIL_FROM: 'canary@a\r\nBcc: x@y.example' })).toMatch(/MAIL_FROM: must be an address/);
    expect(problems({ SMTP_URL: 'http://canary', MAIL_FROM: 'canary' })).not.toContain('canary');
  });
});
