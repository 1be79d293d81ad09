import { ActionFactsReader } from './action-facts.ts';
import { ActionSigner } from './action-signing.ts';
import { AuditActionConsumer } from './audit-action.consumer.ts';
import { AuditActionController } from './audit-action.controller.ts';
import { AuditActionRepository } from './audit-action.repository.ts';
import { AuditActionService } from './audit-action.service.ts';

/** What this feature adds to the service. */
export const auditActionParts = {
  controllers: [AuditActionConsumer, AuditActionController],
  providers: [ActionFactsReader, ActionSigner, AuditActionRepository, AuditActionService],
};
