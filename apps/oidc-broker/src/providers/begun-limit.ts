import type { IncomingMessage } from 'node:http';
import type { Clock } from '@countersign/kernel';
import { clientNetwork } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { errors } from 'oidc-provider';

/** How much one client network may begin at one application in a minute. */
export const MOST_BEGUN = 10_000;
const MINUTE_MS = 60_000;
/** Networks that are remembered: who uses more has more than a limit per network can hold. */
const MOST_NETWORKS = 20_000;

/** Too much is begun from there: a page, for sending browsers back to the client would only have them come again. */
export class TooManyBegun extends errors.OIDCProviderError {
  override allow_redirect = false;
  override error_description = 'too many requests from this network';
  constructor(readonly retryAfterSeconds: number) {
    super(429, 'temporarily_unavailable');
  }
}

interface Window {
  endsAt: number;
  count: number;
}

/**
 * Who has not signed in yet makes rows all the same: one for each login begun (API-09). They are limited by network, in
 * memory and in each process by itself: counting them in the database would cost what it is to save.
 */
@Injectable()
export class BegunLimit {
  private readonly windows = new LRUCache<string, Window>({ max: MOST_NETWORKS });
  private readonly addresses = new WeakMap<IncomingMessage, string>();

  constructor(@InjectClock() private readonly clock: Clock) {}

  /** Where a request comes from, as the door knows it: the provider sees the door alone. */
  cameFrom(request: IncomingMessage, address: string): void {
    this.addresses.set(request, address);
  }

  /** Counts what a request begins. Throws TooManyBegun. */
  count(appId: string, request: IncomingMessage): void {
    const key = `${appId} ${clientNetwork(this.addresses.get(request) ?? '')}`;
    const now = this.clock.now().getTime();
    let window = this.windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { endsAt: now + MINUTE_MS, count: 0 };
      this.windows.set(key, window);
    }
    if (window.count >= MOST_BEGUN) throw new TooManyBegun(Math.ceil((window.endsAt - now) / 1000));
    window.count++;
  }
}
