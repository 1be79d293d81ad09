import { createHash } from 'node:crypto';
import { decideArrival, type Envelope, orderKey, type Verdict } from './inbox.decide.ts';
import type { InRecord } from './transport.ts';

/** A record as it goes into the inbox. */
export interface Arrival {
  record: InRecord;
  verdict: Verdict;
  /** What makes it the same event when it comes again; unique per consumer. */
  identity: string;
  /** SHA-256 of the bytes, base64url. */
  digest: string;
  orderKey: string;
  /** The record's key as text without NUL (which Postgres stores none of), at most 1024 characters. */
  recordKey: string | null;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64url');

/** Reads and identifies a record. */
export function toArrival(record: InRecord): Arrival {
  const verdict = decideArrival(record.value, record.topic);
  const digest = sha256(record.value ?? '');
  const identity = verdict.envelope ? eventIdentity(verdict.envelope) : placeIdentity(record, digest);
  const recordKey = record.key?.toString('utf8').replaceAll('\0', '\ufffd').slice(0, 1024) ?? null;
  return {
    record,
    verdict,
    identity,
    digest,
    recordKey,
    orderKey: (verdict.envelope && orderKey(verdict.envelope, record.topic, recordKey)) ?? identity,
  };
}

/** An event is the same by application, source and id (CloudEvents §3.1.1), whichever partition it came by. */
const eventIdentity = ({ appId, event }: Envelope): string =>
  `event ${sha256(JSON.stringify([appId, event.source, event.id]))}`;

/** What has no identity of its own is where it stands; with the digest, because a topic may be made anew. */
export const placeIdentity = ({ topic, partition, offset }: InRecord, digest: string): string =>
  `place ${topic}/${partition}/${offset} ${digest}`;

/** The arrival as a dead letter of its own: its identity stands for other bytes already. */
export const asConflict = (arrival: Arrival): Arrival => ({
  ...arrival,
  identity: placeIdentity(arrival.record, arrival.digest),
  verdict: {
    kind: 'dead',
    reason: 'id-conflict',
    ...(arrival.verdict.envelope ? { envelope: arrival.verdict.envelope } : {}),
  },
});
