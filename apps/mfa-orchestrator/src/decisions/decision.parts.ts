import { DecisionKeys } from './decision-keys.ts';
import { DecisionController } from './decision.controller.ts';
import { DecisionService } from './decision.service.ts';
import { PayloadSignatures } from './payload-signature.ts';

/** What this feature adds to the service. */
export const decisionParts = {
  controllers: [DecisionController],
  providers: [DecisionKeys, DecisionService, PayloadSignatures],
};
