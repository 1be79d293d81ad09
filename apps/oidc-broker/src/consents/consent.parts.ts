import { ConsentGrants } from './consent-grants.ts';
import { ConsentStep } from './consent-step.ts';

/** What this feature adds to the service. */
export const consentParts = {
  controllers: [],
  providers: [ConsentStep, ConsentGrants],
};
