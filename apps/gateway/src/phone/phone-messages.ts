import { type Clock, uuidv7 } from '@countersign/kernel';

/** Kept at most; the oldest go first. */
const MOST = 500;
/** Of one message, in characters. */
const LONGEST_TEXT = 20_000;
const LONGEST_HTML = 100_000;

/** An e-mail or an SMS, as `GET /phone/messages` shows it. */
export interface PhoneMessage {
  id: string;
  channel: 'email' | 'sms';
  from: string;
  to: string;
  subject?: string;
  text: string;
  html?: string;
  /** The one-time code in the text, if there is one. */
  code?: string;
  /** ISO 8601. */
  at: string;
}

/** What a sink took in. */
export type Arrived = Omit<PhoneMessage, 'id' | 'at' | 'code'>;

/** What arrived at the virtual phone, in memory only. */
export class PhoneMessages {
  /** Newest first. */
  private items: PhoneMessage[] = [];
  private readonly listeners = new Set<(message: PhoneMessage) => void>();

  constructor(private readonly clock: Clock) {}

  add(arrived: Arrived): PhoneMessage {
    const text = arrived.text.slice(0, LONGEST_TEXT);
    const code = codeIn(text);
    const message: PhoneMessage = {
      id: uuidv7(this.clock),
      ...arrived,
      text,
      ...(arrived.html !== undefined && { html: arrived.html.slice(0, LONGEST_HTML) }),
      ...(code !== undefined && { code }),
      at: this.clock.now().toISOString(),
    };
    this.items.unshift(message);
    if (this.items.length > MOST) this.items.length = MOST;
    for (const listener of this.listeners) listener(message);
    return message;
  }

  /** The newest `limit` messages, of one address if `to` is given: without case, numbers however they are spaced. */
  list(to: string | undefined, limit: number): PhoneMessage[] {
    const wanted = to === undefined ? undefined : addressKey(to);
    return this.items
      .filter((message) => wanted === undefined || addressKey(message.to) === wanted)
      .slice(0, limit);
  }

  /** Hands every new message to `listener` until the answered function is called. */
  listen(listener: (message: PhoneMessage) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** The plus of a number is a space in most query strings, so numbers are compared by their digits. */
const addressKey = (address: string): string =>
  /^[+\s\d().-]+$/.test(address) ? address.replace(/\D/g, '') : address.trim().toLowerCase();

/** The first 6 to 10 digits that stand alone. */
const codeIn = (text: string): string | undefined =>
  /(?<![\p{L}\p{N}+.-])\d{6,10}(?![\p{L}\p{N}-])/u.exec(text)?.[0];
