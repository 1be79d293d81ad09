import { Injectable } from '@nestjs/common';
import { BusListening } from '../cache/bus-listening.ts';
import { GuardedCache } from '../cache/guarded-cache.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { answersByVendor } from './third-party-data.answers.ts';
import { openItem } from './third-party-data.opening.ts';
import { ThirdPartyDataRepository } from './third-party-data.repository.ts';

/** Users whose values are kept at most. */
const KEPT_USERS = 10_000;
/** How long an entry is kept, in milliseconds. */
const TTL_MS = 30_000;
/** Users with more than this (characters of their answers) are read anew each time: together it is 160 MB at most. */
const KEPT_CHARS = 16_384;

/** All values of a user, opened. */
export interface UserValues {
  userId: string;
  /** By vendor, in order: the answer about that vendor as JSON, made once and not per read. */
  vendors: ReadonlyMap<string, string>;
}

/** Stands for a user with too many values to keep. */
const LARGE = Symbol('large');

/** The values of users as management reads them, kept for a short while. They are secrets: never logged. */
@Injectable()
export class CachedValues {
  private readonly cache: GuardedCache<UserValues | typeof LARGE>;
  /** Key of the cache by user: events name users by their id. A little longer than the cache, oldest first. */
  private readonly keys = new Map<string, string>();

  constructor(
    private readonly repository: ThirdPartyDataRepository,
    private readonly sealed: SealedValues,
    listening: BusListening,
  ) {
    this.cache = new GuardedCache({ max: KEPT_USERS, ttlMs: TTL_MS, usable: listening.current });
  }

  /** All values of the user with that name. Undefined: nothing was ever written for the name. */
  async of(appId: string, usernameKey: string): Promise<UserValues | undefined> {
    const key = `${appId}:${usernameKey}`;
    let large: UserValues | undefined;
    const found = await this.cache.get(key, async () => {
      const values = await this.load(appId, usernameKey);
      if (!values) return undefined;
      this.remember(`${appId}:${values.userId}`, key);
      if (sizeOf(values) <= KEPT_CHARS) return values;
      large = values;
      return LARGE;
    });
    return found === LARGE ? (large ?? this.load(appId, usernameKey)) : found;
  }

  /** To be called after the commit of a change to this user's values, here or elsewhere. */
  changed(appId: string, userId: string): void {
    const key = this.keys.get(`${appId}:${userId}`);
    if (key !== undefined) this.cache.drop(key);
    // whoever is not known here may be being loaded right now
    else this.cache.dropLoads();
  }

  dropApplication(appId: string): void {
    this.cache.dropWhere((key) => key.startsWith(`${appId}:`));
  }

  dropAll(): void {
    this.cache.dropAll();
  }

  private async load(appId: string, usernameKey: string): Promise<UserValues | undefined> {
    const user = await this.repository.ofUser(appId, usernameKey);
    if (!user) return undefined;
    const { userId, wrapped, values } = user;
    const items = values.map((row) => openItem(this.sealed, { appId, userId }, row, wrapped));
    return { userId, vendors: answersByVendor(items) };
  }

  private remember(user: string, key: string): void {
    this.keys.delete(user);
    this.keys.set(user, key);
    if (this.keys.size <= 2 * KEPT_USERS) return;
    const [oldest] = this.keys;
    if (!oldest) return;
    this.keys.delete(oldest[0]);
    // nobody could find it any more
    this.cache.drop(oldest[1]);
  }
}

function sizeOf({ vendors }: UserValues): number {
  let size = 0;
  for (const text of vendors.values()) size += text.length;
  return size;
}
