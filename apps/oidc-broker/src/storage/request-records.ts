import { AsyncLocalStorage } from 'node:async_hooks';
import { loginKeyOf, userKey } from './record-find.ts';
import type { FoundRecord, RecordRow } from './record.types.ts';
import type { RecordRepository } from './record.repository.ts';
import { NO_GENERATION } from './user-generation.ts';
import { WriteBuffer, type Writes } from './write-buffer.ts';
import type { ReliedOn, WriteLead } from './write-statement.ts';

const NOTHING: Writes = { rows: [], gone: [], used: [], revoked: [] };

/** What had to be unused was used already, or has expired. */
export class RecordUsed extends Error {
  override name = 'RecordUsed';
  constructor() {
    super('used already, or expired');
  }
}

/** What a user of this request had open was ended while it ran: nothing of it is written (SES-06, OP-14). */
export class UserEnded extends RecordUsed {
  override name = 'UserEnded';
}

/** The records of one application as one request sees them: read once, written together at its end. */
export class RequestRecords {
  readonly buffer = new WriteBuffer();
  private readonly seen = new Map<string, Promise<FoundRecord | undefined>>();
  private readonly generations = new Map<string, string>();
  /** Keys of sessions that were found, as this request has left them. */
  private readonly sessions = new Set<string>();
  /** Users and logins that came along with records: JSON; null where there is none. */
  private readonly beside = new Map<string, string | null>();

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
      question = this.repository.findSession(this.appId, uid).then((rows) => {
        this.relyOnUsers(rows);
        return rows[0];
      });
      this.seen.set(name, question);
    }
    return question;
  }

  /** The request has found the user in that state: the first one it found is what its writes are for. */
  relyOn(userId: string, generation: string): void {
    if (!this.generations.has(userId)) this.generations.set(userId, generation);
  }

  /** In which state the request has found the user; undefined: it has not asked. */
  generationOf(userId: string): string | undefined {
    return this.generations.get(userId);
  }

  /**
   * Writes what was collected. Throws RecordUsed, and then nothing was written but the end of what came of it; UserEnded,
   * and then nothing was.
   */
  async flush(): Promise<void> {
    const writes = this.buffer.take();
    if (writes) await this.write(writes);
  }

  /** The same with something else before it, in one statement; false where that was not done: then nothing is written. */
  flushAfter(lead: WriteLead): Promise<boolean> {
    return this.write(this.buffer.take() ?? NOTHING, lead);
  }

  private async write(writes: Writes, lead?: WriteLead): Promise<boolean> {
    this.seen.clear();
    this.beside.clear();
    const outcome = await this.repository.write(this.appId, writes, this.reliedOn(writes.rows), lead);
    if (outcome === 'written') {
      for (const key of writes.gone) this.sessions.delete(key);
      for (const row of writes.rows) if (row.kind === 'Session') this.sessions.add(row.key);
      return true;
    }
    if (outcome === 'lost') return false;
    if (outcome === 'ended') throw new UserEnded();
    await this.repository.endFamilies(this.appId, writes.used);
    throw new RecordUsed();
  }

  /**
   * The user or login of that key as a record of this request brought it along, JSON; null: there is none; undefined: not
   * known here, or told before to somebody who asks for it as it is now.
   */
  cameWith(key: string, { once = false } = {}): string | null | undefined {
    const found = this.beside.get(key);
    if (once) this.beside.delete(key);
    return found;
  }

  private relyOnUsers(rows: readonly FoundRecord[]): void {
    for (const { userId, generation } of rows)
      if (userId !== null) this.relyOn(userId, generation ?? NO_GENERATION);
  }

  private reliedOn(rows: readonly RecordRow[]): ReliedOn {
    const users = new Set(rows.map(({ userId }) => userId));
    const generations = new Map([...this.generations].filter(([userId]) => users.has(userId)));
    // whoever writes a session writes the one it found, under whatever id
    const writesSession = rows.some(({ kind }) => kind === 'Session');
    return { generations, sessions: writesSession ? [...this.sessions] : [] };
  }

  /** What came along with a record is there for whoever asks for it next; that it is not there is known as well. */
  private remember(key: string, rows: FoundRecord[]): FoundRecord | undefined {
    this.relyOnUsers(rows);
    const [own, ...others] = rows;
    if (own?.key !== key) return undefined;
    if (own.kind === 'Session') this.sessions.add(key);
    const login = loginKeyOf(key);
    if (login !== undefined) this.beside.set(login, null);
    if (own.userId !== null) this.beside.set(userKey(own.userId), null);
    for (const row of others) {
      if (row.kind === 'User' || row.kind === 'Login') this.beside.set(row.key, row.payload);
      else this.seen.set(row.uid ? sessionName(row.uid) : row.key, Promise.resolve(row));
    }
    return own;
  }
}

const sessionName = (uid: string): string => `uid ${uid}`;

const underWay = new AsyncLocalStorage<RequestRecords>();

/** The records of the request under way in this asynchronous context. */
export const currentRecords = (): RequestRecords | undefined => underWay.getStore();

/** Runs `work` as one request: what it writes is collected; who calls flushes. */
export const withRecords = <T>(records: RequestRecords, work: () => T): T => underWay.run(records, work);
