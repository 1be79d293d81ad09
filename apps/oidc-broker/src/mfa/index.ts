/**
 * The steps that the orchestrator's answers make, for specs that try them against a real one (apps/e2e). Nobody else takes
 * anything from here: inside the service the files themselves are imported.
 */
export type { Login, PageContext, Proof, StepOutcome } from '../logins/login.types.ts';
export { DecisionVerifier } from './decision-verifier.ts';
export { MfaStep, ScopeMfaStep } from './mfa-step.ts';
export { MfaGateway } from './mfa.gateway.ts';
export type { MfaState } from './mfa.types.ts';
export { PasskeyStep } from './passkey-step.ts';
