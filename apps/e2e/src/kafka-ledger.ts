import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { type KafkaDoor, openKafkaDoor, type ReadRecord } from '@countersign/testing';
import { createDecoder, createVerifier } from 'fast-jwt';
import { bodyOf } from './kafka-call.ts';
import type { Bank } from './kafka-bank.ts';
import type { KafkaSystem } from './kafka-system.ts';

/** An event as anybody reads it from a topic. */
export interface LedgerEvent {
  id: string;
  type: string;
  source: string;
  subject: string;
  appid: string;
  traceparent?: string;
  correlationid?: string;
  causationid?: string;
  data: {
    auditActionId?: string;
    challengeId?: string;
    flowId?: string;
    outcome?: string;
    decision: string;
    subjectDigest: string;
  };
}

/** What a plain consumer has read of the topics it follows. */
export interface Ledger {
  door: KafkaDoor;
  records: Record<string, ReadRecord[]>;
  /**
   * Events of a topic that `wanted` picks, each once: Kafka may deliver a record twice, but then it has the same id and
   * the same bytes, and it is an error here if it has not.
   */
  events(topic: string, wanted: (event: LedgerEvent) => boolean): LedgerEvent[];
  /** Decisions on an audit action or a challenge. */
  decisionsOn(id: string): LedgerEvent[];
  close(): Promise<void>;
}

/** Reads `topics` from their beginning with a consumer that has nothing of ours. */
export async function openLedger(
  system: Pick<KafkaSystem, 'brokers' | 'topic'>,
  ...topics: string[]
): Promise<Ledger> {
  const door = await openKafkaDoor(system.brokers);
  const lists = await Promise.all(topics.map((topic) => door.read(system.topic(topic))));
  const records = Object.fromEntries(topics.map((topic, at) => [topic, lists[at]!]));
  const events: Ledger['events'] = (topic, wanted) => {
    const bytes = new Map<string, string>();
    const found = new Map<string, LedgerEvent>();
    for (const { value } of records[topic]!) {
      const event = JSON.parse(value!) as LedgerEvent;
      if ((bytes.get(event.id) ?? value) !== value)
        throw new Error(`event ${event.id} came with other bytes`);
      bytes.set(event.id, value!);
      if (wanted(event)) found.set(event.id, event);
    }
    return [...found.values()];
  };
  const decisionsOn = (id: string) =>
    events('mfa.decisions', ({ data }) => data.auditActionId === id || data.challengeId === id);
  return { door, records, events, decisionsOn, close: () => door.close() };
}

/** Claims of a decision, checked with a library that is not ours against the keys the application publishes. */
export async function verifiedClaims(bank: Bank, decision: string): Promise<Record<string, unknown>> {
  const { keys } = bodyOf(await bank.ask('GET', '/v1/decisions/jwks.json', undefined, { key: '' }));
  const { header } = createDecoder({ complete: true })(decision) as { header: { kid: string } };
  const jwk = (keys as (JsonWebKey & { kid: string })[]).find(({ kid }) => kid === header.kid);
  if (!jwk) throw new Error(`no published key ${header.kid}`);
  const verify = createVerifier({
    key: createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
    algorithms: ['EdDSA'],
    checkTyp: 'mfa-decision+jwt',
    allowedAud: bank.appId,
    requiredClaims: ['jti', 'exp', 'sub', 'outcome', 'subject_digest'],
  });
  return verify(decision) as Record<string, unknown>;
}
