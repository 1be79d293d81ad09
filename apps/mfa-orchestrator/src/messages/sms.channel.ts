import type { ChannelConfig } from '../config.ts';
import { isE164 } from './addresses.ts';
import { postForm, PostFailed } from './form-post.ts';
import type { Delivery, MessageChannel, MessageProvider } from './message.types.ts';

const WITHIN_MS = 5_000;
const LARGEST_ANSWER = 64 * 1024;

/**
 * SMS by providers that speak Twilio's REST API (2010-04-01). It has no idempotency key: what may have been taken is
 * not handed over again, to anybody.
 */
export function smsChannel({ urls, from }: ChannelConfig): MessageChannel {
  return {
    name: 'sms',
    repeatable: false,
    providers: urls.map((url) => twilioProvider(url, from)),
    refuses: ({ to, text }) => {
      if (!isE164(to)) return 'address';
      return text.length > 1_600 || /[\u0000-\u0009\u000b-\u001f\u007f]/.test(text) ? 'text' : undefined;
    },
  };
}

function twilioProvider(base: string, from: string): MessageProvider {
  const { username, password, host, origin, pathname } = new URL(base);
  const sid = decodeURIComponent(username);
  const url = new URL(
    `${origin}${pathname.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(sid)}/Messages.json`,
  );
  const sender: Record<string, string> = /^MG[0-9a-f]{32}$/.test(from)
    ? { MessagingServiceSid: from }
    : { From: from };
  return {
    name: host,
    send: async ({ to, text }) => {
      try {
        const { status, body } = await postForm({
          ...{ url, user: sid, password: decodeURIComponent(password) },
          form: { To: to, ...sender, Body: text },
          ...{ timeoutMs: WITHIN_MS, maxBytes: LARGEST_ANSWER },
        });
        return twilioAnswer(status, body);
      } catch (error) {
        if (!(error instanceof PostFailed)) throw error;
        return { outcome: error.mayHaveArrived ? 'unknown' : 'unavailable', reason: error.reason };
      }
    },
    close: () => {},
  };
}

/**
 * What an answer means. 400 is about this message. 401, 403, 404 and redirects are about our account, 429, 500 and 503
 * say that it was not taken; other faults come from something in between that does not know.
 */
export function twilioAnswer(status: number, body: string): Delivery {
  if (status >= 200 && status < 300) return { outcome: 'sent' };
  const code = twilioCode(body);
  const reason = `http ${status}${code === undefined ? '' : ` (${code})`}`;
  if (status === 400) return { outcome: 'refused', reason };
  if (status < 500 || status === 500 || status === 503) return { outcome: 'unavailable', reason };
  return { outcome: 'unknown', reason };
}

/** Twilio's own error number, such as 21211 for a number that does not exist. */
function twilioCode(body: string): number | undefined {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'number' && Number.isInteger(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
