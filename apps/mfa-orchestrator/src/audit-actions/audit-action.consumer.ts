import type { EventType } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import type { AdmittedAction } from './audit-action.admission.ts';
import { AuditActionService } from './audit-action.service.ts';

/** Audit actions from the bus, whoever wrote them. */
@Controller()
export class AuditActionConsumer {
  constructor(private readonly actions: AuditActionService) {}

  @EventPattern<EventType>('patrol.audit-action.recorded.v1')
  recorded(@Ctx() context: EventContext): Promise<void> {
    return this.actions.receive(context, context.admitted as AdmittedAction);
  }
}
