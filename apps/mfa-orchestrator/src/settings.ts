import { z } from 'zod';
import { isEmailAddress } from './messages/addresses.ts';

/** Providers of one channel at most: all of them are tried within one lease. */
const MOST_PROVIDERS = 4;

const urls = (protocols: RegExp, error: string) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((url) => url.trim())
        .filter((url) => url !== ''),
    )
    .pipe(z.array(z.url({ protocol: protocols, error })).max(MOST_PROVIDERS, 'are too many'));

/** What mfa-orchestrator reads beyond what every service does. */
export const messageEnvironment = z.object({
  /**
   * SMTP servers that e-mails go out by, in order of preference: `smtp://user:password@host:587` (STARTTLS where it is
   * offered; with a password, or with `?tls=required`, not without it), `smtps://…` for TLS from the first byte. None:
   * no e-mail.
   */
  SMTP_URL: urls(/^smtps?$/, 'must be smtp or smtps URLs').optional(),
  /** Sender of e-mails: an address, or `Name <address>`. Needed with SMTP_URL. */
  MAIL_FROM: z.string().refine(isMailbox, 'must be an address or Name <address>').optional(),
  /**
   * SMS providers that speak Twilio's API, in order of preference: `https://account-sid:auth-token@api.twilio.com`.
   * None: no SMS.
   */
  SMS_URL: urls(/^https?$/, 'must be http or https URLs')
    .refine((all) => all.every(hasLogin), 'must hold account sid and auth token: https://sid:token@host')
    .optional(),
  /**
   * Sender of SMS: a number (E.164), a short code, a name of up to 11 characters, or a messaging service (`MG…`).
   * Needed with SMS_URL.
   */
  SMS_FROM: z
    .string()
    .regex(
      /^(?:\+?\d{3,15}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11})$/,
      'must be a number, a name or a messaging service',
    )
    .optional(),
});

function isMailbox(text: string): boolean {
  const [, name = '', address = ''] = /^(?:([^<>"\p{Cc}]{0,100})<([^<>]+)>|)$/u.exec(text) ?? [];
  return isEmailAddress(address === '' && name === '' ? text : address);
}

const hasLogin = (url: string): boolean => {
  const { username, password } = new URL(url);
  return username !== '' && password !== '';
};
