import { Timers } from '@countersign/messaging';
import { Database, Idempotency } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { AuditActionService } from './audit-actions/audit-action.service.ts';
import { ChallengeStream } from './challenges/challenge-stream.repository.ts';
import { ChallengeExpiry } from './challenges/challenge-expiry.service.ts';
import { TicketRepository } from './challenges/ticket.repository.ts';
import { FlowCompletion } from './flows/flow-completion.ts';
import { FlowRepository } from './flows/flow.repository.ts';
import { FlowService } from './flows/flow.service.ts';

const MINUTE_MS = 60_000;

/** Everything that happens because time passes. Every run locks what it takes, so any number of instances may run. */
@Injectable()
export class DueWork {
  constructor(
    timers: Timers,
    actions: AuditActionService,
    challenges: ChallengeExpiry,
    flows: FlowService,
    rows: FlowRepository,
    completion: FlowCompletion,
    tickets: TicketRepository,
    stream: ChallengeStream,
    database: Database,
    idempotency: Idempotency,
  ) {
    const every = (everyMs: number, name: string, run: () => Promise<number>) =>
      timers.register({ name, everyMs, run });
    every(500, 'expire-challenges', () => challenges.expireDue());
    every(MINUTE_MS, 'decide-forgotten-actions', () => actions.decideForgotten());
    every(1_000, 'expire-flows', () => flows.expireDue());
    every(1_000, 'resume-completing-flows', () => completion.resume());
    every(10 * MINUTE_MS, 'purge-tickets', () => database.transaction((tx) => tickets.purge(tx)));
    every(10 * MINUTE_MS, 'purge-flows', () => rows.purge());
    every(10 * MINUTE_MS, 'purge-challenge-stream', () => stream.purge());
    every(10 * MINUTE_MS, 'forget-idempotency-keys', () => idempotency.forgetOld(database));
  }
}
