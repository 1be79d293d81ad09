import { Timers } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { registrationOwner } from '../mfa-registrations/mfa-registration.service.ts';
import { SealedValues, SERVICE_KEY_ID } from '../sealed-values/sealed-values.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { type HeldKey, KeyRotationRepository } from './key-rotation.repository.ts';
import { PutAside } from './put-aside.ts';
import { UserKeys, wrappedKeyOf } from './user-keys.ts';
import {
  type AdoptedValue,
  type HeldUser,
  type OldValue,
  ValueAdoptionRepository,
} from './value-adoption.repository.ts';

const EVERY_MS = 60_000;
/** Users at a time. Each has 51 values at most, and sealing is done on the one thread that also answers. */
const BATCH = 20;

/** Moves values that were sealed with the service's key, before users had their own, to the user's key. */
@Injectable()
export class ValueAdoption implements OnModuleInit {
  private readonly aside: PutAside;

  constructor(
    private readonly rows: ValueAdoptionRepository,
    private readonly userKeys: KeyRotationRepository,
    private readonly keys: UserKeys,
    private readonly sealed: SealedValues,
    private readonly database: Database,
    private readonly timers: Timers,
    @InjectLogger() logger: Logger,
  ) {
    this.aside = new PutAside(logger, 'a user’s values cannot be opened and are not moved to the user’s key');
  }

  onModuleInit(): void {
    this.timers.register({ name: 'adopt-values', everyMs: EVERY_MS, run: () => this.adoptSome() });
  }

  /** One batch; answers how many users it was about. */
  adoptSome(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const users = await this.rows.lockUsers(tx, this.aside.list(), BATCH);
      if (users.length === 0) return 0;
      const keys = await this.keysOf(tx, users);
      const values = await this.rows.values(tx, users);
      await this.rows.set(
        tx,
        values.flatMap((value) => this.adopted(value, keys.get(nameOf(value)))),
      );
      return users.length;
    });
  }

  /** Their keys by user, made where there is none. */
  private async keysOf(tx: Tx, users: readonly HeldUser[]): Promise<Map<string, HeldKey>> {
    const made: HeldKey[] = [];
    const all = users.map(({ appId, userId, ...columns }) => {
      const wrapped = wrappedKeyOf(columns);
      const key = { appId, userId, ...(wrapped ?? this.keys.make(appId, userId)) };
      if (!wrapped) made.push(key);
      return key;
    });
    await this.userKeys.set(tx, made);
    return new Map(all.map((key) => [nameOf(key), key]));
  }

  private adopted(value: OldValue, key: HeldKey | undefined): AdoptedValue[] {
    const { appId, userId, provider, sealedValue } = value;
    if (!key) return [];
    const owner =
      provider === null ? identifierOwner(appId, userId) : registrationOwner(appId, userId, provider);
    try {
      const opened = this.keys.open(key, appId, userId);
      const text = this.sealed.open({ sealedValue, keyId: SERVICE_KEY_ID }, owner, undefined);
      return [{ ...value, adopted: this.sealed.seal(text, owner, opened).sealedValue }];
    } catch (error) {
      this.aside.add(appId, userId, error);
      return [];
    }
  }
}

const nameOf = ({ appId, userId }: { appId: string; userId: string }): string => `${appId}:${userId}`;
