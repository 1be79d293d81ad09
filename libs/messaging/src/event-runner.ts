import { randomInt } from 'node:crypto';
import type { CrashPoints } from '@countersign/kernel';
import { type Database, DatabaseUnavailable, type Tx } from '@countersign/persistence';
import { announceDeath } from './dead-notice.ts';
import type { Admit } from './event-context.ts';
import { decideArrival, type Verdict } from './inbox.decide.ts';
import { bury, claim, type InboxRow, postpone } from './inbox-rows.ts';
import type { Logger } from './logger.ts';
import type { MessagingMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import { runAsHandlerOf } from './trace.ts';
import { type Failure, judgeFailure, Permanent } from './worker.decide.ts';

/** Handles one event: validated data and its context. What it returns is drained; what it throws decides. */
export type EventHandler = (data: unknown, context: object) => Promise<void>;

export interface EventRunnerOptions {
  service: string;
  database: Database;
  outbox: Outbox;
  handlerOf: (type: string) => EventHandler | undefined;
  admit?: Admit | undefined;
  logger: Logger;
  crashPoints: CrashPoints;
  metrics: MessagingMetrics;
  /** Waits between tries, in milliseconds; see worker.decide.ts. */
  backOffMs?: readonly number[] | undefined;
}

interface Ready {
  row: InboxRow;
  verdict: Extract<Verdict, { kind: 'event' }>;
  admitted: unknown;
}

/** Admits rows, runs their handlers in one transaction, and settles what fails row by row. */
export class EventRunner {
  constructor(private readonly options: EventRunnerOptions) {}

  /**
   * Handles rows of different keys. Answers the ids that somebody else had claimed. Throws only DatabaseUnavailable:
   * then nothing is settled and the rows are still pending.
   */
  async run(rows: InboxRow[]): Promise<string[]> {
    const admitted = await Promise.all(rows.map((row) => this.admit(row)));
    const ready = admitted.filter((one) => one !== undefined);
    if (ready.length === 0) return [];
    try {
      return await this.handleTogether(ready);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      if (ready.length === 1) return await this.settle(ready[0]!.row, error);
    }
    // one of them spoils it for all: each on its own
    const foreign: string[] = [];
    for (const one of ready) {
      try {
        foreign.push(...(await this.handleTogether([one])));
      } catch (error) {
        await this.settle(one.row, error);
      }
    }
    return foreign;
  }

  /** Reads the row by today's schema and asks whether it may be handled. Undefined: settled otherwise. */
  private async admit(row: InboxRow): Promise<Ready | undefined> {
    try {
      const verdict = decideArrival(row.body, row.topic);
      if (verdict.kind === 'dead') throw new Permanent(verdict.reason, verdict.detail);
      const { event } = verdict.envelope;
      const admission = await runAsHandlerOf(event, async () =>
        this.options.admit?.(event, {
          topic: row.topic,
          key: row.record_key,
          brokerTime: row.broker_time,
          rawText: row.body.toString('utf8'),
        }),
      );
      if (admission && !admission.ok) throw new Permanent(admission.reason, admission.detail);
      return { row, verdict, admitted: admission?.context };
    } catch (error) {
      await this.settle(row, error);
      return undefined;
    }
  }

  private async handleTogether(ready: Ready[]): Promise<string[]> {
    const { database, crashPoints, metrics } = this.options;
    const claimed = await database.transaction(async (tx) => {
      const ours = await claim(
        tx,
        ready.map(({ row }) => row.id),
      );
      for (const one of ready) if (ours.has(one.row.id)) await this.handle(tx, one);
      crashPoints.at('handler-before-commit');
      return ours;
    });
    crashPoints.at('handler-after-commit');
    const foreign: string[] = [];
    for (const { row, verdict } of ready) {
      if (claimed.has(row.id)) metrics.handled.inc({ type: verdict.type, result: 'done' });
      else foreign.push(row.id);
    }
    return foreign;
  }

  private async handle(tx: Tx, { row, verdict, admitted }: Ready): Promise<void> {
    const { event, appId } = verdict.envelope;
    const context = {
      tx,
      event,
      appId,
      brokerTime: row.broker_time,
      receivedAt: row.received_at,
      admitted,
      replayed: row.replayed,
    };
    await runAsHandlerOf(event, async () => this.options.handlerOf(verdict.type)?.(verdict.data, context));
  }

  /** Decides what becomes of a row whose admission or handler failed. Answers no foreign ids. */
  private async settle(row: InboxRow, error: unknown): Promise<[]> {
    const { database, logger, backOffMs } = this.options;
    if (error instanceof DatabaseUnavailable) throw error;
    const failure = judgeFailure(error, row.attempts, randomInt(1_000) / 1_000, backOffMs);
    const where = { inboxId: row.id, topic: row.topic, partition: row.partition, offset: row.offset };
    if (failure.kind === 'dead') {
      logger.warn({ ...where, reason: failure.reason, err: error }, 'dead letter');
      await this.bury(row, failure);
    } else {
      logger.warn({ ...where, err: error, delayMs: failure.delayMs }, 'an event failed and is tried again');
      await postpone(database, row.id, { delayMs: failure.delayMs, counted: failure.kind === 'retry' });
      this.count(row, 'retry');
    }
    return [];
  }

  private async bury(row: InboxRow, { reason, detail }: Extract<Failure, { kind: 'dead' }>): Promise<void> {
    const { database, outbox, service } = this.options;
    const { envelope } = decideArrival(row.body, row.topic);
    const why = { reason, ...(detail === undefined ? {} : { detail }) };
    await database.transaction(async (tx) => {
      if (!(await bury(tx, row.id, { ...why, ownerless: reason === 'unknown-application' }))) return;
      await announceDeath(tx, outbox, service, {
        ...why,
        key: row.record_key,
        topic: row.topic,
        partition: row.partition,
        offset: row.offset,
        inboxId: row.id,
        ...(envelope ? { type: envelope.event.type, appid: envelope.appId, eventId: envelope.event.id } : {}),
      });
    });
    this.count(row, 'dead');
  }

  private count(row: InboxRow, result: 'retry' | 'dead'): void {
    const { envelope } = decideArrival(row.body, row.topic);
    this.options.metrics.handled.inc({ type: envelope?.event.type ?? 'unknown', result });
  }
}
