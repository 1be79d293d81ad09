import { randomBytes } from 'node:crypto';
import { Vault } from '@countersign/security';
import { InjectConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { SsoDataConfig } from '../config.ts';

/** The key-encryption key that is derived from MASTER_KEY. It always decrypts, and encrypts where none is named. */
const MASTER_KEK = 'master';
const MASTER_LABEL = 'sso-data/key-encryption/v1';

export type KekStanding = 'current' | 'former' | 'unknown';

/** A user's data key as it lies in `users`: sealed, and by which key-encryption key. */
export interface WrappedKey {
  dataKey: string;
  dataKeyKek: string;
}

/** The columns of `users` that hold it, null where a user has no key. */
export interface KeyColumns {
  dataKey: string | null;
  dataKeyKek: string | null;
}

/** The wrapped key in a row, undefined where there is none. */
export const wrappedKeyOf = ({ dataKey, dataKeyKek }: KeyColumns): WrappedKey | undefined =>
  dataKey === null || dataKeyKek === null ? undefined : { dataKey, dataKeyKek };

/** Makes, opens and re-wraps users' data keys: 32 random bytes each, sealed with AES-256-GCM for one user. */
@Injectable()
export class UserKeys {
  /** Id of the key-encryption key that encrypts. */
  readonly current: string;
  /** Ids of those that only decrypt. */
  readonly former: readonly string[];
  private readonly keks: ReadonlyMap<string, Vault>;
  private readonly opened = new Map<string, Vault>();

  constructor(vault: Vault, @InjectConfig() config: Pick<SsoDataConfig, 'keyEncryptionKeys'>) {
    const named = config.keyEncryptionKeys ?? [];
    const master = { id: MASTER_KEK, key: vault.derive(MASTER_LABEL) };
    this.keks = new Map([...named, master].map(({ id, key }) => [id, new Vault(key)]));
    const [current = MASTER_KEK, ...former] = this.keks.keys();
    this.current = current;
    this.former = former;
  }

  /** What a key-encryption key is here: the one that encrypts, one that only decrypts, or none that is configured. */
  standing(kek: string): KekStanding {
    if (kek === this.current) return 'current';
    return this.keks.has(kek) ? 'former' : 'unknown';
  }

  /** A new data key for that user, sealed by the current key-encryption key. */
  make(appId: string, userId: string): WrappedKey {
    return this.wrap(randomBytes(32).toString('base64url'), appId, userId);
  }

  /**
   * The user's data key. Throws (a fault) if it was sealed by a key-encryption key that is not configured, for another
   * user, or was changed.
   */
  open(wrapped: WrappedKey, appId: string, userId: string): Vault {
    const id = `${wrapped.dataKeyKek} ${wrapped.dataKey} ${contextOf(appId, userId)}`;
    const known = this.opened.get(id);
    if (known) return known;
    const opened = new Vault(Buffer.from(this.unwrap(wrapped, appId, userId), 'base64url'));
    // a page of values of one user opens one key; kept until the values at hand are through, never into another request
    if (this.opened.size === 0) setImmediate(() => this.opened.clear());
    this.opened.set(id, opened);
    return opened;
  }

  /** The same data key, sealed by the current key-encryption key. Throws as {@link open}. */
  rewrap(wrapped: WrappedKey, appId: string, userId: string): WrappedKey {
    return this.wrap(this.unwrap(wrapped, appId, userId), appId, userId);
  }

  private wrap(dataKey: string, appId: string, userId: string): WrappedKey {
    return {
      dataKey: this.kek(this.current).seal(dataKey, contextOf(appId, userId)),
      dataKeyKek: this.current,
    };
  }

  private unwrap({ dataKey, dataKeyKek }: WrappedKey, appId: string, userId: string): string {
    return this.kek(dataKeyKek).open(dataKey, contextOf(appId, userId));
  }

  private kek(id: string): Vault {
    const kek = this.keks.get(id);
    if (!kek) throw new Error(`no key-encryption key ${id} is configured`);
    return kek;
  }
}

// application and user ids hold no colon
const contextOf = (appId: string, userId: string): string => `data-key:${appId}:${userId}`;
