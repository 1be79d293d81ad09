import type { CloudEvent } from '@countersign/contracts';
import type { Tx } from '@countersign/persistence';
import type { DeadReason } from './inbox.decide.ts';

/** The second argument (`@Ctx()`) of an `@EventPattern` handler. */
export interface EventContext {
  /** All a handler writes goes through here, its own events included: it commits with the mark "done". */
  tx: Tx;
  event: CloudEvent;
  /** The application, in lower case. */
  appId: string;
  /** The broker's timestamp of the record. */
  brokerTime: Date;
  /** When it came into the inbox, by the database's clock. A replay keeps it. */
  receivedAt: Date;
  /** What admission handed over. */
  admitted: unknown;
  /** True if an operator replayed it. */
  replayed: boolean;
}

/** How the record came. */
export interface ArrivedRecord {
  topic: string;
  key: string | null;
  brokerTime: Date;
  /** The bytes as text, exactly as they came (for signatures). */
  rawText: string;
}

/** Whether an event may be handled. `context` reaches the handler as `admitted`. */
export type Admission = { ok: true; context: unknown } | { ok: false; reason: DeadReason; detail?: string };

/** Asked before the handler and outside any transaction, so that it may use the network. What it throws is retried. */
export type Admit = (event: CloudEvent, record: ArrivedRecord) => Promise<Admission>;
