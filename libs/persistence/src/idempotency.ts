import { accept, type Decision, refuse, type Refusal } from '@countersign/kernel';
import type { Database } from './database.ts';
import type { Tx } from './transaction.ts';

/** A request that carried an `Idempotency-Key`. All but `bodyHash` together identify it. */
export interface IdempotentRequest {
  appId: string;
  /** The API key (or other caller) that asked. */
  keyId: string;
  /** Method and path as called, ids included: two resources are two requests. */
  route: string;
  key: string;
  /** Digest of the body, compared on a repeat. */
  bodyHash: string;
}

/** What the work answers: an answer to keep, or a refusal, after which the key is free again. */
export type IdempotentWork<T> = { answer: T; secret?: boolean; resourceId?: string } | { refusal: Refusal };

interface Stored {
  body_hash: string;
  answer: string | null;
  secret: boolean;
  resource_id: string | null;
}

const IDENTITY = 'app_id = $1 AND key_id = $2 AND route = $3 AND key = $4';

/** Does a thing once per `Idempotency-Key`, for 24 hours: a repeat gets the first answer. */
export class Idempotency {
  /**
   * Runs `work` unless this request was answered before. The key is taken first, in the caller's transaction: a
   * concurrent request of the same key waits until this one commits or rolls back. Refuses with
   * `idempotency/key-reused` (other body) and `idempotency/already-done` (the answer was a secret; `extra.id`
   * names what was made). The answer is kept as JSON. Without `request` the work just runs.
   */
  async once<T>(
    tx: Tx,
    request: IdempotentRequest | undefined,
    work: () => Promise<IdempotentWork<T>>,
  ): Promise<Decision<T>> {
    if (!request) {
      const done = await work();
      return 'refusal' in done ? { ok: false, refusal: done.refusal } : accept(done.answer);
    }
    const identity = [request.appId, request.keyId, request.route, request.key];
    if (!(await this.take(tx, identity, request.bodyHash)))
      return this.repeat<T>(tx, identity, request.bodyHash);
    const done = await work();
    if ('refusal' in done) {
      await tx.query(`DELETE FROM idempotency_keys WHERE ${IDENTITY}`, identity);
      return { ok: false, refusal: done.refusal };
    }
    const secret = done.secret === true;
    const answer = secret || done.answer === undefined ? null : JSON.stringify(done.answer);
    await tx.query(
      `UPDATE idempotency_keys SET answer = $5, secret = $6, resource_id = $7 WHERE ${IDENTITY}`,
      [...identity, answer, secret, done.resourceId ?? null],
    );
    return accept(done.answer);
  }

  /** Gives a key back: what it was taken for was not done. */
  async release(tx: Tx, request: IdempotentRequest): Promise<void> {
    const identity = [request.appId, request.keyId, request.route, request.key];
    await tx.query(`DELETE FROM idempotency_keys WHERE ${IDENTITY}`, identity);
  }

  /** Deletes up to 1000 keys that are older than 24 hours; answers how many, so that a timer goes on while there are more. */
  async forgetOld(db: Database): Promise<number> {
    const gone = await db.query(
      `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys
         WHERE created_at < clock_timestamp() - interval '24 hours' LIMIT 1000)) RETURNING 1 AS one`,
    );
    return gone.length;
  }

  /** True if the key is now ours: it was free, or older than 24 hours. Waits for a transaction that holds it. */
  private async take(tx: Tx, identity: string[], bodyHash: string): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO idempotency_keys AS k (app_id, key_id, route, key, body_hash) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (app_id, key_id, route, key) DO UPDATE
         SET body_hash = excluded.body_hash, answer = NULL, secret = false, resource_id = NULL,
             created_at = excluded.created_at
         WHERE k.created_at < clock_timestamp() - interval '24 hours'
       RETURNING 1 AS one`,
      [...identity, bodyHash],
    );
    return rows.length === 1;
  }

  private async repeat<T>(tx: Tx, identity: string[], bodyHash: string): Promise<Decision<T>> {
    const stored = await tx.one<Stored>(
      `SELECT body_hash, answer, secret, resource_id FROM idempotency_keys WHERE ${IDENTITY}`,
      identity,
    );
    if (!stored) throw new Error('the idempotency key vanished');
    if (stored.body_hash !== bodyHash) return refuse('idempotency/key-reused');
    if (stored.secret) {
      return refuse(
        'idempotency/already-done',
        stored.resource_id ? { extra: { id: stored.resource_id } } : {},
      );
    }
    return accept((stored.answer === null ? undefined : JSON.parse(stored.answer)) as T);
  }
}
