import { EVENT_MAX_BYTES } from '@countersign/contracts';
import type { Tx } from '@countersign/persistence';
import type { DeadReason } from './inbox.decide.ts';
import type { Outbox } from './outbox.ts';

/** What `<service>.dead` tells: reason and reference, and the body only if it could not be parsed. */
export interface DeadNotice {
  reason: DeadReason;
  detail?: string;
  topic: string;
  partition: number;
  offset: string;
  inboxId: string;
  type?: string;
  appid?: string;
  eventId?: string;
  /** base64 */
  body?: string;
}

/** Writes the notice into the outbox, in the transaction in which the event dies. `key` is the record's own. */
export async function announceDeath(
  tx: Tx,
  outbox: Outbox,
  service: string,
  notice: Omit<DeadNotice, 'body'> & { key: string | null; unparsed?: Buffer | null },
): Promise<void> {
  const { key, unparsed, ...rest } = notice;
  const told: DeadNotice = rest;
  if (unparsed?.length && unparsed.length <= EVENT_MAX_BYTES) told.body = unparsed.toString('base64');
  await outbox.appendRaw(tx, {
    topic: `${service}.dead`,
    key,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(told),
  });
}
