import { AsyncLocalStorage } from 'node:async_hooks';
import type { FoundRecord } from './record.types.ts';
import type { RecordRepository } from './record.repository.ts';
import { WriteBuffer } from './write-buffer.ts';

/** What had to be unused was used already, or has expired. */
export class RecordUsed extends Error {
  override name = 'RecordUsed';
  constructor() {
    super('used already, or expired');
  }
}

/** The records of one application as one request sees them: read once, written together at its end. */
export class RequestRecords {
  readonly buffer = new WriteBuffer();
  private readonly seen = new Map<string, Promise<FoundRecord | undefined>>();

  constructor(
    private readonly repository: RecordRepository,
    readonly appId: string,
  ) {}

  /** As the database has it. */
  find(key: string): Promise<FoundRecord | undefined> {
    let question = this.seen.get(key);
    if (!question) {
      question = this.repository.find(this.appId, key).then((rows) => this.remember(key, rows));
      this.seen.set(key, question);
    }
    return question;
  }

  findSession(uid: string): Promise<FoundRecord | undefined> {
    const name = sessionName(uid);
    let question = this.seen.get(name);
    if (!question) {
      question = this.repository.findSession(this.appId, uid).then(([row]) => row);
      this.seen.set(name, question);
    }
    return question;
  }

  /** Writes what was collected. Throws RecordUsed, and then nothing was written but the end of what came of it. */
  async flush(): Promise<void> {
    const writes = this.buffer.take();
    if (!writes) return;
    this.seen.clear();
    if (await this.repository.write(this.appId, writes)) return;
    await this.repository.endFamilies(this.appId, writes.used);
    throw new RecordUsed();
  }

  /** Grant and session came along with a record: whoever asks for them has them. */
  private remember(key: string, rows: FoundRecord[]): FoundRecord | undefined {
    const [own, ...others] = rows;
    if (own?.key !== key) return undefined;
    for (const row of others) this.seen.set(row.uid ? sessionName(row.uid) : row.key, Promise.resolve(row));
    return own;
  }
}

const sessionName = (uid: string): string => `uid ${uid}`;

const underWay = new AsyncLocalStorage<RequestRecords>();

/** The records of the request under way in this asynchronous context. */
export const currentRecords = (): RequestRecords | undefined => underWay.getStore();

/** Runs `work` as one request: what it writes is collected; who calls flushes. */
export const withRecords = <T>(records: RequestRecords, work: () => T): T => underWay.run(records, work);
