import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** As long as a code holds at most; a second click comes sooner. */
const KEPT_MS = 15_000;
const MOST = 2000;

/**
 * Where logins that have just ended led. A form sent twice (a double click) is two requests, and the browser goes where
 * the second one leads, which finds the login ended: it is led to the same place, as long as the code there may be good.
 * In this process only: another one shows the page that the login has ended.
 */
@Injectable()
export class LastAnswers {
  private readonly kept = new LRUCache<string, string>({ max: MOST, ttl: KEPT_MS });

  keep(appId: string, uid: string, to: string): void {
    this.kept.set(`${appId} ${uid}`, to);
  }

  /** For the browser whose login it was: by the provider's cookie, as every other page of it. */
  find(appId: string, uid: string, cookies: string | undefined): string | undefined {
    const own = `oidc-${appId}-login=${uid}`;
    const isOwn = (cookies ?? '').split(';').some((pair) => bare(pair) === own);
    return isOwn ? this.kept.get(`${appId} ${uid}`) : undefined;
  }
}

const bare = (pair: string): string => pair.trim().replace(/^__Secure-/, '');
