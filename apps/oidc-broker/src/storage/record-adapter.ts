import type { Adapter, AdapterPayload } from 'oidc-provider';
import { idOfKey, isPresentable, recordKey, rowOf } from './record-key.ts';
import type { RecordRepository } from './record.repository.ts';
import type { FoundRecord, RecordKind, RecordPayload, RecordRow } from './record.types.ts';
import { currentRecords, RequestRecords } from './request-records.ts';

/** How far a process's clock may differ from the database's before an expiry is told in the process's time. */
const DRIFT_SECONDS = 5;

/**
 * The provider's storage of one model of one application. Within a request writes are collected and reads find them;
 * outside of one (a session's end by management) each call is written at once.
 */
export class RecordAdapter implements Adapter {
  constructor(
    private readonly repository: RecordRepository,
    private readonly appId: string,
    private readonly kind: RecordKind,
    /** Seconds since the epoch. */
    private readonly now: () => number,
  ) {}

  upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    if (this.kind === 'Session' && isNobodys(payload)) return Promise.resolve();
    return this.write((records) => records.buffer.put(rowOf(this.kind, id, { ...payload }, expiresIn)));
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!isPresentable(id)) return undefined;
    const records = this.records();
    const key = recordKey(this.kind, id);
    const own = records.buffer.get(key);
    if (own === 'gone') return undefined;
    const found = own ? undefined : await records.find(key);
    const { kind } = own ?? found ?? {};
    if (kind !== this.kind) return undefined;
    return own ? fromBuffer(own, id, records.buffer.isUsed(key)) : this.payloadOf(found as FoundRecord, id);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const records = this.records();
    const own = records.buffer.sessionOf(uid);
    if (own) return fromBuffer(own, idOfKey(own.key), false);
    const found = await records.findSession(uid);
    if (!found || records.buffer.get(found.key) === 'gone') return undefined;
    return this.payloadOf(found, idOfKey(found.key));
  }

  /** Device flow: there is none. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Marks it as used: the write at the end of the request fails where somebody else was first. */
  consume(id: string): Promise<void> {
    return this.write((records) => records.buffer.use(recordKey(this.kind, id)));
  }

  destroy(id: string): Promise<void> {
    return this.write((records) => records.buffer.remove(recordKey(this.kind, id)));
  }

  revokeByGrantId(grantId: string): Promise<void> {
    return this.write((records) => records.buffer.revoke(grantId));
  }

  private records(): RequestRecords {
    const current = currentRecords();
    return current?.appId === this.appId ? current : new RequestRecords(this.repository, this.appId);
  }

  private async write(change: (records: RequestRecords) => void): Promise<void> {
    const records = this.records();
    change(records);
    if (records !== currentRecords()) await records.flush();
  }

  private payloadOf(found: FoundRecord, id: string): AdapterPayload {
    const payload = JSON.parse(found.payload) as RecordPayload;
    const end = Math.floor(this.now() + found.left);
    // the provider compares with this process's clock: the database's is what counts (invariant 2)
    if (Math.abs(end - Number(payload.exp)) > DRIFT_SECONDS) payload.exp = end;
    if (found.consumedAt !== null) payload.consumed = Math.floor(found.consumedAt);
    return { ...payload, jti: id };
  }
}

/**
 * A session that nobody has signed in to and nobody is asked to end: the provider makes one for every cookie that it does
 * not know, and whoever makes up cookies would have a row for each (API-09).
 */
const isNobodys = ({ accountId, state }: AdapterPayload): boolean =>
  accountId === undefined && state === undefined;

const fromBuffer = (row: RecordRow, id: string, isUsed: boolean): AdapterPayload => ({
  ...(JSON.parse(row.payload) as RecordPayload),
  ...(isUsed && { consumed: true }),
  jti: id,
});
