import nodemailer from 'nodemailer';
import type { ChannelConfig } from '../config.ts';
import { isEmailAddress } from './addresses.ts';
import { emailHtml } from './email-html.ts';
import type {
  Delivery,
  MessageChannel,
  MessageKind,
  MessageProvider,
  OutgoingMessage,
} from './message.types.ts';
import { smtpOptions } from './smtp-options.ts';

/** For one hand-over, waiting for a connection included, in milliseconds. */
const WITHIN_MS = 12_000;

// "code" in the subject and the code early in the text are what mail programs look for to fill it in
const SUBJECTS: Record<MessageKind, string> = {
  otp: 'Your code',
  'verify-address': 'Your code to confirm this address',
  notice: 'A change to how you sign in',
};

/** E-mails by any SMTP servers. Attempts of one message carry one Message-ID, by which mailboxes drop repeats. */
export function emailChannel({ urls, from }: ChannelConfig): MessageChannel {
  return {
    name: 'email',
    repeatable: true,
    providers: urls.map((url) => smtpProvider(url, from)),
    refuses: ({ to, subject, text }) => {
      if (!isEmailAddress(to)) return 'address';
      // a line break would end the header and begin another (CWE-93)
      if (subject !== undefined && (/\p{Cc}/u.test(subject) || subject.length > 300)) return 'subject';
      return text.length > 20_000 ? 'text' : undefined;
    },
  };
}

function smtpProvider(url: string, from: string): MessageProvider {
  const transport = nodemailer.createTransport(smtpOptions(url));
  // of connections that idle; one that is sending reports to its message
  transport.on('error', () => {});
  const domain = /@([^@>]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    name: new URL(url).host,
    send: async (message): Promise<Delivery> => {
      try {
        await transport.sendMail({
          ...mailOf(message, from),
          messageId: `<${message.id}@${domain}>`,
          signal: AbortSignal.timeout(WITHIN_MS),
        });
        return { outcome: 'sent' };
      } catch (error) {
        return smtpFailure(error as SmtpError);
      }
    },
    close: () => transport.close(),
  };
}

function mailOf({ kind, to, subject, text, code }: OutgoingMessage, from: string) {
  return {
    from,
    // as an object it is one address, whatever stands in it
    to: { name: '', address: to },
    subject: subject ?? SUBJECTS[kind],
    text,
    html: emailHtml(text, code),
    // RFC 3834: no out-of-office answers
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** Certainly before the server had the whole message. */
const NEVER_TAKEN = new Set([
  'EDNS',
  'EAUTH',
  'ENOAUTH',
  'ETLS',
  'EENVELOPE',
  'EMESSAGE',
  'EPROTOCOL',
  'ECONFIG',
]);
/** About this message's recipient or content, not about the sender or the server. */
const ABOUT_MESSAGE = new Set(['RCPT TO', 'DATA']);

/** What an error of nodemailer means. Its text is left out: servers quote the address in it. */
export function smtpFailure({ code = 'error', command = '', responseCode }: SmtpError): Delivery {
  const reason = responseCode ? `smtp ${responseCode}` : code;
  if (code === 'EENVELOPE' && !responseCode) return { outcome: 'refused', reason };
  if (responseCode && responseCode !== 421 && ABOUT_MESSAGE.has(command))
    return { outcome: responseCode >= 500 ? 'refused' : 'later', reason };
  if (responseCode || NEVER_TAKEN.has(code) || (code === 'ESOCKET' && command === 'CONN'))
    return { outcome: 'unavailable', reason };
  return { outcome: 'unknown', reason };
}
