export { constantTimeEqual, hmac, sha256 } from './hashing.ts';
export { SealInvalid, Vault } from './vault.ts';
export {
  generateKeyPair,
  type KeyPair,
  type PrivateJwk,
  type PublicJwk,
  type SigningAlgorithm,
  type SigningKey,
} from './keys.ts';
export { type Claims, decodeUnverified, type JoseHeader, TokenInvalid } from './token-parts.ts';
export { signJwt } from './jwt-sign.ts';
export { verifyJwt, type VerifyJwt } from './jwt-verify.ts';
export { signDetached, verifyDetached } from './detached-jws.ts';
export { type SelfSigned, type VerifySelfSigned, verifySelfSigned } from './self-signed-jwt.ts';
export {
  type AllCounted,
  Attempts,
  type AttemptKey,
  type AttemptLimit,
  type AttemptResult,
} from './attempts.ts';
export { ApplicationKeys, type ApplicationKeysOptions } from './application-keys.ts';
export { attemptsMigration } from './attempts.migration.ts';
export { type ServiceJwks, ServiceIdentity, type ServicePublicJwk } from './service-identity.ts';
export {
  type Person,
  type ServiceAnswer,
  type ServiceCall,
  ServiceClient,
  type ServiceClientOptions,
  ServiceUnavailable,
} from './service-client.ts';
export { type FetchRefusal, FetchRefused } from './fetch-refused.ts';
export { type SafeAnswer, SafeFetch, type SafeFetchOptions, type SafeRequest } from './safe-fetch.ts';
export { BoundedQueue, type BoundedQueueOptions, QueueFull } from './bounded-queue.ts';
export {
  type PasswordBinding,
  type PasswordChecked,
  type PasswordCost,
  PasswordHasher,
  type PasswordHasherOptions,
} from './password-hasher.ts';
export { clientNetwork } from './client-network.ts';
