import { accept, type Decision, refuse } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';

/** Whose dead letters: those of these applications, or those that belong to no known one. */
export interface DeadLetterScope {
  appIds: readonly string[] | 'nobody';
}

export interface DeadLetter {
  id: string;
  topic: string;
  partition: number;
  offset: string;
  type?: string;
  reason: string;
  attempts: number;
  /** When it arrived, ISO 8601. */
  at: string;
}

export interface DeadLetterPage {
  items: DeadLetter[];
  next?: string;
}

interface Row {
  id: string;
  topic: string;
  partition: number;
  offset: string;
  type: string | null;
  reason: string;
  attempts: number;
  received_at: Date;
}

export type DeadLetterProblem = 'ops/dead-letter-not-found' | 'ops/dead-letter-unreplayable';

/** `$1` holds application ids, among them null for letters that name none. */
const OWNED = `(app_id = ANY($1::text[]) OR (app_id IS NULL AND array_position($1::text[], NULL) IS NOT NULL))`;

/** More unknown applications than these are shown as the known ones among them are dealt with. */
const MOST_STRANGERS = 200;

/** What an operator does with events that could not be handled. Foreign letters are as absent as unknown ones. */
export class DeadLetters {
  constructor(
    private readonly service: string,
    private readonly database: Database,
    private readonly wakeWorker: () => void,
    /** Whether an application exists; without it every application named by an event counts as known. */
    private readonly known: (appId: string) => Promise<boolean> = async () => true,
  ) {}

  /** Up to `limit` dead letters, newest first. `cursor` is the `next` of the page before. */
  async list(
    query: DeadLetterScope & { limit: number; cursor?: string | undefined },
  ): Promise<DeadLetterPage> {
    const rows = await this.database.query<Row>(
      `SELECT id, topic, partition, "offset", type, reason, attempts, received_at FROM inbox
       WHERE status = 'dead' AND consumer = $2 AND ${OWNED} AND id < coalesce($3::bigint, 9223372036854775807)
       ORDER BY id DESC LIMIT $4::int + 1`,
      [await this.owners(query), this.service, isId(query.cursor) ? query.cursor : null, query.limit],
    );
    const items = rows.slice(0, query.limit).map(toLetter);
    const last = items.at(-1);
    return rows.length > query.limit && last ? { items, next: last.id } : { items };
  }

  /**
   * Has it handled again, against today's state; its arrival and the broker's time stay, so that no time window
   * reopens. Asked twice, the second changes nothing. Refuses what could not be parsed, and what has the identity
   * of another event.
   */
  async replay(id: string, scope: DeadLetterScope): Promise<Decision<{ id: string }, DeadLetterProblem>> {
    if (!isId(id)) return refuse('ops/dead-letter-not-found');
    const params = [await this.owners(scope), this.service, id];
    const revived = await this.database.query(
      `UPDATE inbox SET status = 'pending', attempts = 0, next_at = NULL, replayed = true, settled_at = NULL
       WHERE id = $3 AND status = 'dead' AND consumer = $2 AND ${OWNED}
         AND body IS NOT NULL AND reason <> 'id-conflict' RETURNING id`,
      params,
    );
    if (revived.length > 0) {
      this.wakeWorker();
      return accept({ id });
    }
    const [row] = await this.database.query<{ status: string; replayed: boolean }>(
      `SELECT status, replayed FROM inbox WHERE id = $3 AND consumer = $2 AND ${OWNED}`,
      params,
    );
    if (row?.status === 'dead') return refuse('ops/dead-letter-unreplayable');
    // under way or done since an earlier replay
    const again = row?.replayed === true && row.status !== 'discarded';
    return again ? accept({ id }) : refuse('ops/dead-letter-not-found');
  }

  /** Gives it up: the content is wiped, the identity stays, so that the event is a duplicate when it comes again. */
  async discard(id: string, scope: DeadLetterScope): Promise<Decision<{ id: string }, DeadLetterProblem>> {
    if (!isId(id)) return refuse('ops/dead-letter-not-found');
    const rows = await this.database.query(
      `UPDATE inbox SET status = 'discarded', body = NULL, settled_at = clock_timestamp()
       WHERE id = $3 AND status = 'dead' AND consumer = $2 AND ${OWNED} RETURNING id`,
      [await this.owners(scope), this.service, id],
    );
    return rows.length === 1 ? accept({ id }) : refuse('ops/dead-letter-not-found');
  }

  /** Nobody's are those that name no application, and those that name one nobody knows. */
  private async owners({ appIds }: DeadLetterScope): Promise<(string | null)[]> {
    if (appIds !== 'nobody') return [...appIds];
    const named = await this.database.query<{ app_id: string }>(
      `SELECT DISTINCT app_id FROM inbox WHERE status = 'dead' AND consumer = $1 AND app_id IS NOT NULL LIMIT $2`,
      [this.service, MOST_STRANGERS],
    );
    const strangers: (string | null)[] = [null];
    for (const { app_id } of named) if (!(await this.known(app_id))) strangers.push(app_id);
    return strangers;
  }
}

const isId = (id: string | undefined): id is string => id !== undefined && /^[1-9]\d{0,17}$/.test(id);

const toLetter = (row: Row): DeadLetter => ({
  id: row.id,
  topic: row.topic,
  partition: row.partition,
  offset: row.offset,
  ...(row.type === null ? {} : { type: row.type }),
  reason: row.reason,
  attempts: row.attempts,
  at: row.received_at.toISOString(),
});
