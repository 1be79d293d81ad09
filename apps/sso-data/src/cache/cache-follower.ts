import { type FollowedEvent, type Follower, Messaging, Timers } from '@countersign/messaging';
import { Injectable } from '@nestjs/common';
import { FOLLOWS } from '../events.map.ts';
import { BusListening } from './bus-listening.ts';
import { CacheInstance } from './cache-instance.ts';
import { REPORTS } from './cache-reports.ts';
import { Caches } from './caches.ts';

type Followed = FollowedEvent<keyof typeof FOLLOWS>;

/** Who may say that something kept here is old. */
const OWNER = '/sso-data';

/** Hears what this and other instances change, and drops what is kept of it. */
@Injectable()
export class CacheFollower {
  private readonly follower: Follower;

  constructor(
    messaging: Messaging,
    listening: BusListening,
    private readonly caches: Caches,
    private readonly instance: CacheInstance,
    private readonly timers: Timers,
  ) {
    this.follower = messaging.follow({
      types: Object.keys(FOLLOWS) as (keyof typeof FOLLOWS)[],
      onEvent: (event) => this.hear(event),
      onGap: () => this.caches.dropAll(),
    });
    listening.follow(() => this.current());
  }

  /** Whether this instance hears the bus now, and others wait for its reports. Otherwise caches answer nothing. */
  current(): boolean {
    return this.follower.current() && this.instance.expected();
  }

  private hear(event: Followed): void {
    // whoever else may write the topic must not be able to have everything read anew all the time
    if (event.source !== OWNER) return;
    if (event.type !== 'sso.cache.invalidated.v1')
      return this.caches.valuesChanged(event.appid, event.data.userId);
    this.caches.drop(event.data.table, event.appid);
    this.timers.wake(REPORTS);
  }
}
