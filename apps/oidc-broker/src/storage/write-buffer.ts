import type { RecordRow } from './record.types.ts';

/** What one request wants to be written: the last word about each record. */
export interface Writes {
  rows: RecordRow[];
  /** Keys to delete. */
  gone: string[];
  /** Keys that must be unused until now, and are used up. */
  used: string[];
  /** Grants whose codes and tokens end. */
  revoked: string[];
}

/** Collects the writes of one request, which finds its own writes in it. */
export class WriteBuffer {
  private readonly rows = new Map<string, RecordRow>();
  private readonly gone = new Set<string>();
  private readonly used = new Set<string>();
  private readonly revoked = new Set<string>();

  put(row: RecordRow): void {
    this.gone.delete(row.key);
    this.rows.set(row.key, row);
  }

  remove(key: string): void {
    this.rows.delete(key);
    this.gone.add(key);
  }

  use(key: string): void {
    this.used.add(key);
  }

  revoke(grantId: string): void {
    for (const row of this.rows.values())
      if (row.grantId === grantId && row.kind !== 'Interaction') this.rows.delete(row.key);
    this.revoked.add(grantId);
  }

  /** The row as this request wants it; `gone` where it deleted it, undefined where it said nothing. */
  get(key: string): RecordRow | 'gone' | undefined {
    return this.gone.has(key) ? 'gone' : this.rows.get(key);
  }

  sessionOf(uid: string): RecordRow | undefined {
    for (const row of this.rows.values()) if (row.uid === uid) return row;
    return undefined;
  }

  isUsed(key: string): boolean {
    return this.used.has(key);
  }

  /** All of it, and begins anew. */
  take(): Writes | undefined {
    const { rows, gone, used, revoked } = this;
    if (rows.size + gone.size + used.size + revoked.size === 0) return undefined;
    const writes = { rows: [...rows.values()], gone: [...gone], used: [...used], revoked: [...revoked] };
    this.clear();
    return writes;
  }

  clear(): void {
    for (const part of [this.rows, this.gone, this.used, this.revoked]) part.clear();
  }
}
