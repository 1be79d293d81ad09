import { Timers } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type HeldKey, KeyRotationRepository } from './key-rotation.repository.ts';
import { PutAside } from './put-aside.ts';
import { UserKeys } from './user-keys.ts';

const EVERY_MS = 60_000;
const BATCH = 200;

/** Users' keys are encrypted by keys that this configuration does not have. Names ids, never keys. */
export class KeyEncryptionKeyMissing extends Error {
  override name = 'KeyEncryptionKeyMissing';
  constructor(missing: readonly string[], wrong: readonly string[]) {
    const lacks = missing.map((id) => `lacks the key ${id}, which encrypts users' keys`);
    const differs = wrong.map((id) => `has another key ${id} than the one which encrypts users' keys`);
    super(`KEY_ENCRYPTION_KEYS (master: MASTER_KEY) ${[...lacks, ...differs].join('; ')}`);
  }
}

/** Moves users' keys to the key-encryption key that is the first now, and refuses to start without one still needed. */
@Injectable()
export class KeyRotation implements OnModuleInit {
  private readonly aside: PutAside;

  constructor(
    private readonly keys: UserKeys,
    private readonly rows: KeyRotationRepository,
    private readonly database: Database,
    private readonly timers: Timers,
    @InjectLogger() logger: Logger,
  ) {
    this.aside = new PutAside(logger, 'a user’s key cannot be opened and is not re-encrypted');
  }

  /** Throws KeyEncryptionKeyMissing: better no start than a service to which some users' values are lost. */
  async onModuleInit(): Promise<void> {
    await this.check();
    this.timers.register({ name: 're-encrypt-user-keys', everyMs: EVERY_MS, run: () => this.moveSome() });
  }

  private async check(): Promise<void> {
    const opens = new Map<string, boolean>();
    for (const sample of await this.rows.samples())
      // one row that was tampered with must not keep the service from starting
      opens.set(sample.dataKeyKek, (opens.get(sample.dataKeyKek) ?? false) || this.isOpened(sample));
    const unusable = [...opens].filter(([, ok]) => !ok).map(([id]) => id);
    if (unusable.length === 0) return;
    const isConfigured = (id: string) => this.keys.standing(id) !== 'unknown';
    throw new KeyEncryptionKeyMissing(
      unusable.filter((id) => !isConfigured(id)),
      unusable.filter(isConfigured),
    );
  }

  private isOpened(sample: HeldKey): boolean {
    try {
      this.keys.open(sample, sample.appId, sample.userId);
      return true;
    } catch {
      return false;
    }
  }

  /** One batch; the data keys stay what they are, so whoever has read one before opens with it. Answers how many. */
  moveSome(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const held = await this.rows.lockByKek(tx, this.keys.former, this.aside.list(), BATCH);
      await this.rows.set(
        tx,
        held.flatMap((row) => this.moved(row)),
      );
      return held.length;
    });
  }

  private moved(row: HeldKey): HeldKey[] {
    const { appId, userId } = row;
    try {
      return [{ appId, userId, ...this.keys.rewrap(row, appId, userId) }];
    } catch (error) {
      this.aside.add(appId, userId, error);
      return [];
    }
  }
}
