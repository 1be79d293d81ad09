import { DecisionVerifier } from './decision-verifier.ts';
import { MfaStep, ScopeMfaStep } from './mfa-step.ts';
import { MfaGateway } from './mfa.gateway.ts';
import { OrchestratorDoor } from './orchestrator-door.ts';
import { PasskeyScriptController } from './passkey-script.controller.ts';
import { PasskeyStep } from './passkey-step.ts';
import { PolicyMissing } from './policy-missing.ts';

/** What this feature adds to the service. */
export const mfaParts = {
  controllers: [PasskeyScriptController],
  providers: [
    DecisionVerifier,
    MfaGateway,
    MfaStep,
    OrchestratorDoor,
    PasskeyStep,
    PolicyMissing,
    ScopeMfaStep,
  ],
};
