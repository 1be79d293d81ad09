/** The flow in a browser or in Node: everything but what checks signatures, and without `jose`. */
export type {
  ActionName,
  ActionOptions,
  EnrolAction,
  NextItem,
  PerformArguments,
  RemainingFactor,
  TotpSetup,
} from './client/actions.types.ts';
export type { AccountOptions, Device, Factor, Passkey } from './client/account.types.ts';
export type { BeginOptions } from './client/begin.types.ts';
export { readClaims, readHeader } from './client/claims.ts';
export { type KeyValueStorage, memoryStorage } from './client/flow-store.ts';
export { type LocalCode, MfaError } from './client/mfa-error.ts';
export { createMfaClient, type MfaClient } from './client/mfa-client.ts';
export type { CurrentFlow, MfaClientOptions } from './client/mfa-client.types.ts';
export type { MfaResult, MfaSessionDetails, PasskeyInfo } from './client/session.types.ts';
export type { AssertionResult, CreationResult, WebAuthn } from './passkeys/ceremony.ts';
export { PasskeyError, type PasskeyErrorCode } from './passkeys/passkey-error.ts';
export { passkeySupport } from './passkeys/passkey-support.ts';
export { indexedDbKeyStore, memoryKeyStore, type TrustKey, type TrustKeyStore } from './trust/key-store.ts';
