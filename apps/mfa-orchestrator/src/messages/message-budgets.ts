import type { Application } from '@countersign/contracts';
import { type AttemptKey, type AttemptLimit, Attempts } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { numberPrefix } from './addresses.ts';
import type { Channel } from './message.types.ts';

/** The pause after a message to an address, in seconds: doubled with each one that follows (Auth0's back-off). */
const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 32 * 60;
const HOUR = 3_600;
const DAY = 86_400;
/** Counted, never refused: how many were sent since the last right code. */
const UNLIMITED = 1_000_000_000;

/** Who asks for a message, and where it would go. */
export interface BudgetedMessage {
  application: Pick<Application, 'appId' | 'settings'>;
  /** '' where nobody is known yet: then it is the address that stands for the user. */
  userId: string;
  channel: Channel;
  /** HMAC of the normalised address: one value for one address, whoever has it. */
  addressHash: string;
  /** `clientNetwork` of the caller's address. */
  clientNetwork: string;
  /** Of SMS: the number, E.164. Absent for an address that does not exist (`conceal`). */
  number?: string;
}

/** Which budget is used up; `pause`: sent a moment ago; `prefix-not-allowed`: no SMS to that part of the world. */
export type BudgetName =
  | 'pause'
  | 'address-hour'
  | 'address-day'
  | 'user'
  | 'client'
  | 'prefix'
  | 'application'
  | 'prefix-not-allowed';

export interface BudgetAnswer {
  allowed: boolean;
  /** 0 where it is allowed, and where waiting does not help (`prefix-not-allowed`). */
  retryAfterSeconds: number;
  /** For logs and tests; a caller who has proved nothing is not told. */
  because?: BudgetName;
}

const SCOPE = 'message-';

/** How many messages may go where and for whom: against pumped SMS and filled mailboxes (OTP-17, security 11). */
@Injectable()
export class MessageBudgets {
  constructor(private readonly attempts: Attempts) {}

  /**
   * Takes one message out of every budget it falls under, or out of none. Counted before anything is sent, in a
   * statement that commits by itself: call it outside of any transaction.
   */
  async take(message: BudgetedMessage): Promise<BudgetAnswer> {
    const { number, application } = message;
    const { smsPrefixes } = application.settings;
    if (
      number !== undefined &&
      smsPrefixes.length > 0 &&
      !smsPrefixes.some((prefix) => number.startsWith(prefix))
    )
      return { allowed: false, retryAfterSeconds: 0, because: 'prefix-not-allowed' };
    const before = await this.attempts.peek(resends(message));
    const pauseSeconds = Math.min(FIRST_PAUSE * 2 ** before.count, LONGEST_PAUSE);
    const counted = await this.attempts.countAll([pause(message, pauseSeconds), ...budgets(message)]);
    const { allowed, retryAfterSeconds, refusedBy } = counted;
    if (!refusedBy) return { allowed, retryAfterSeconds };
    return { allowed, retryAfterSeconds, because: refusedBy.scope.slice(SCOPE.length) as BudgetName };
  }

  /** A right code was shown: whoever asked for messages gets them, so the pause between them starts small again. */
  async proven(message: Pick<BudgetedMessage, 'application' | 'channel' | 'addressHash'>): Promise<void> {
    await this.attempts.clearAll([pause(message, 0), resends(message)]);
  }
}

type Addressed = Pick<BudgetedMessage, 'application' | 'channel' | 'addressHash'>;

const addressKey = ({ application: { appId }, channel, addressHash }: Addressed): string =>
  `${appId} ${channel} ${addressHash}`;

const pause = (message: Addressed, windowSeconds: number): AttemptLimit & AttemptKey => ({
  ...{ scope: `${SCOPE}pause`, key: addressKey(message) },
  ...{ limit: 1, windowSeconds },
});

const resends = (message: Addressed): AttemptLimit => ({
  ...{ scope: `${SCOPE}resends`, key: addressKey(message) },
  ...{ limit: UNLIMITED, windowSeconds: DAY },
});

function budgets(message: BudgetedMessage): AttemptLimit[] {
  const { application, userId, channel, clientNetwork, number } = message;
  const { appId, settings } = application;
  const most = settings.messageBudgets;
  const address = addressKey(message);
  const limit = (scope: BudgetName, key: string, of: number, windowSeconds: number): AttemptLimit => ({
    ...{ scope: `${SCOPE}${scope}`, key, limit: of, windowSeconds },
  });
  return [
    resends(message),
    limit('address-hour', address, most.perAddressHour, HOUR),
    limit('address-day', address, most.perAddressDay, DAY),
    limit('user', `${appId} ${userId === '' ? address : userId}`, most.perUserDay, DAY),
    limit('client', `${appId} ${clientNetwork}`, most.perClientHour, HOUR),
    ...(number === undefined
      ? []
      : [limit('prefix', `${appId} ${numberPrefix(number)}`, most.perPrefixDay, DAY)]),
    limit('application', `${appId} ${channel}`, most.perDay, DAY),
  ];
}
