import type { Application, MfaContext } from '@countersign/contracts';
import type { Enrolment, Factor } from '../policies/factors.ts';
import type { Policy } from '../policies/policy.schemas.ts';
import type { EnrolledFactor, ShownProof } from './proof.types.ts';

/** What is known when the next step is decided. Policies are the current ones: raised since, they hold. */
export interface Facts {
  context: MfaContext;
  policies: Policy[];
  /** Names of policies that are demanded but do not exist any more. */
  missingPolicies: string[];
  proofs: ShownProof[];
  enrolled: EnrolledFactor[];
  /** Enrolments that the flow was begun for. */
  enrols: Enrolment[];
  /** Factors that failed in this flow. */
  failed: string[];
  deviceTrusted: boolean;
  /** Factors whose channel has no provider, or is disabled by the application: nobody is offered them. */
  absent: Factor[];
  /** Factors whose channel fails at present: something else is offered where there is something. */
  down: Factor[];
  /** The caller has proved nothing, and may not learn what the user has (enumeration). */
  concealed: boolean;
  /** The flow was begun without a user's name, and nothing has said yet who it is. */
  anonymous: boolean;
  now: Date;
}

/** A flow's application and the facts gathered about it: once for a request where they can be handed on. */
export interface Situation {
  application: Application;
  facts: Facts;
}
