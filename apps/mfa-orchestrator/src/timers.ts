import { Timers } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Attempts } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { AuditActionService } from './audit-actions/audit-action.service.ts';
import { ChallengeStream } from './challenges/challenge-stream.repository.ts';
import { ChallengeExpiry } from './challenges/challenge-expiry.service.ts';
import { TicketRepository } from './challenges/ticket.repository.ts';
import { DeviceRepository } from './devices/device.repository.ts';
import { FlowCompletion } from './flows/flow-completion.ts';
import { FlowEnds } from './flows/flow-ends.repository.ts';
import { FlowService } from './flows/flow.service.ts';
import { Messages } from './messages/messages.service.ts';
import { RecoveryCodeRepository } from './recovery-codes/recovery-code.repository.ts';
import { TotpRepository } from './totp/totp.repository.ts';
import { OtpRepository } from './otp/otp.repository.ts';
import { StrayUsers } from './users/stray-users.repository.ts';

const MINUTE_MS = 60_000;

/** Everything that happens because time passes. Every run locks what it takes, so any number of instances may run. */
@Injectable()
export class DueWork {
  constructor(
    timers: Timers,
    actions: AuditActionService,
    challenges: ChallengeExpiry,
    flows: FlowService,
    rows: FlowEnds,
    completion: FlowCompletion,
    tickets: TicketRepository,
    stream: ChallengeStream,
    database: Database,
    messages: Messages,
    attempts: Attempts,
    codes: OtpRepository,
    devices: DeviceRepository,
    totp: TotpRepository,
    recovery: RecoveryCodeRepository,
    strays: StrayUsers,
  ) {
    const every = (everyMs: number, name: string, run: () => Promise<number>) =>
      timers.register({ name, everyMs, run });
    every(500, 'expire-challenges', () => challenges.expireDue());
    every(500, 'send-messages', () => messages.sendDue());
    every(MINUTE_MS, 'decide-forgotten-actions', () => actions.decideForgotten());
    every(1_000, 'expire-flows', () => flows.expireDue());
    every(1_000, 'resume-completing-flows', () => completion.resume());
    every(10 * MINUTE_MS, 'purge-tickets', () => database.transaction((tx) => tickets.purge(tx)));
    every(10 * MINUTE_MS, 'purge-messages', () => messages.purge());
    every(10 * MINUTE_MS, 'purge-otp-codes', () => codes.purge());
    every(10 * MINUTE_MS, 'forget-attempts', () => attempts.forgetOld());
    every(10 * MINUTE_MS, 'purge-devices', () => devices.purge());
    every(10 * MINUTE_MS, 'purge-unconfirmed-totp', () => totp.purge());
    every(10 * MINUTE_MS, 'purge-unconfirmed-recovery-codes', () => recovery.purge());
    every(10 * MINUTE_MS, 'purge-stray-users', () => strays.purge());
    every(10 * MINUTE_MS, 'purge-flows', () => rows.purge());
    every(10 * MINUTE_MS, 'purge-challenge-stream', () => stream.purge());
  }
}
