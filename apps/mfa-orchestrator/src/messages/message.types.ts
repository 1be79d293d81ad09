/** Ways a message can go. */
export type Channel = 'email' | 'sms';
export const CHANNELS: readonly Channel[] = ['email', 'sms'];

/** `otp`: a code for a step. `verify-address`: a code for an address. `notice`: what the user has to know. */
export type MessageKind = 'otp' | 'verify-address' | 'notice';

/** What is to be sent, and until when anybody wants it. */
export interface NewMessage {
  appId: string;
  userId: string;
  channel: Channel;
  kind: MessageKind;
  /** An e-mail address, or a number in E.164. */
  to: string;
  /** Of e-mails; absent: one by kind. */
  subject?: string;
  /** Plain text, lines separated by \n. */
  text: string;
  /** The code in `text`, shown large in e-mails; absent: the first run of 6 to 10 digits, where the kind has one. */
  code?: string;
  /** After so many seconds it is not sent any more. */
  usefulSeconds: number;
}

/** A message as a provider gets it. */
export interface OutgoingMessage {
  /** Stable over all attempts: the idempotency key where a provider has such a thing. */
  id: string;
  kind: MessageKind;
  to: string;
  subject?: string;
  text: string;
  code?: string;
}

/**
 * What became of an attempt. `refused`: this provider will never take it. `later`: not now, for reasons of this address.
 * `unavailable`: the provider certainly did not take it, and takes nobody else's either. `unknown`: it may have taken
 * it. `reason` is for operators: a code, never the provider's own words, which may quote the address.
 */
export type Delivery =
  { outcome: 'sent' } | { outcome: 'refused' | 'later' | 'unavailable' | 'unknown'; reason: string };

/** One provider of a channel. */
export interface MessageProvider {
  /** Where it is, without credentials: for logs and the row. */
  readonly name: string;
  /** Hands one message over, within 12 seconds. Does not throw. */
  send(message: OutgoingMessage): Promise<Delivery>;
  close(): void;
}

/** A way to reach users. To add one: implement this, and name it in message-channels.ts. */
export interface MessageChannel {
  readonly name: Channel;
  /** Whether what was perhaps taken may be handed over again: an e-mail with the same Message-ID may, an SMS may not. */
  readonly repeatable: boolean;
  /** In order of preference. */
  readonly providers: readonly MessageProvider[];
  /** Why this must never be handed to a provider (`address`, `subject`, `text`); undefined where it may. */
  refuses(message: Pick<OutgoingMessage, 'to' | 'subject' | 'text'>): string | undefined;
}

/** A message that this process has claimed; `attempts` tells its claim from later ones. */
export interface ClaimedMessage {
  id: string;
  appId: string;
  channel: Channel;
  kind: MessageKind;
  sealed: string;
  attempts: number;
}

/** How a claim ends. `again`: later, while it is useful. */
export interface Settlement {
  id: string;
  attempts: number;
  outcome: 'sent' | 'failed' | 'unknown' | 'again';
  /** What it is if there is no later: `unknown` where an attempt may have succeeded. */
  otherwise: 'failed' | 'unknown';
  provider: string | null;
  failure: string | null;
  retrySeconds: number;
}
