import { accept, refuse, type Decision } from '@countersign/kernel';
import { InjectLogger, InjectMetrics, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { FlowSessions } from '../flows/flow-session.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { codeOf, loggable } from './client-event.decide.ts';
import type { ClientEventRequest } from './client-event.schemas.ts';

/** Notes what clients tell. It moves no flow, counts as no try, and nothing is decided by it. */
@Injectable()
export class ClientEvents {
  private readonly told: Counter;

  constructor(
    private readonly sessions: FlowSessions,
    @InjectLogger() private readonly logger: Logger,
    @InjectMetrics() metrics: Registry,
  ) {
    this.told = new Counter({
      name: 'countersign_client_events_total',
      help: 'What clients told of ceremonies, by code',
      labelNames: ['code', 'error'],
      registers: [metrics],
    });
  }

  /** Logs and counts it; answers the session the caller holds, for the client stores whatever comes back. */
  note(
    { flow, current }: SessionMatch,
    { event, isError }: ClientEventRequest,
  ): Decision<{ session: string }> {
    if (!current) return refuse('mfa/session-invalid');
    const code = codeOf(event);
    this.told.inc({ code, error: String(isError) });
    const { id: flowId, appId } = flow;
    this.logger.info(
      { appId, flowId, clientEvent: loggable(event), clientCode: code, isError },
      'client event',
    );
    return accept({ session: this.sessions.of(flow.id, flow.version).token });
  }
}
