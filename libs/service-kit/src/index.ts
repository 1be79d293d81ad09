export { type Environment, EnvironmentInvalid, readEnvironment } from './environment.ts';
export { doorEnvironment, serviceEnvironment } from './settings.ts';
export {
  type BusConfig,
  type DoorConfig,
  loadDoorConfig,
  loadServiceConfig,
  type SecurityProfile,
  type ServiceConfig,
  toDoorConfig,
  toServiceConfig,
} from './config.ts';
export { createService } from './create-service.ts';
export { runService } from './run-service.ts';
export type {
  GatewayOptions,
  RunningService,
  ServiceDatabase,
  ServiceDeps,
  ServiceOptions,
} from './service-options.ts';
export { Platform, type ProcessName } from './platform.ts';
export {
  CLOCK,
  CONFIG,
  DIRECTORY,
  InjectClock,
  InjectConfig,
  InjectDirectory,
  InjectLogger,
  InjectMetrics,
  LOGGER,
  METRICS,
} from './platform.module.ts';
export { Access, type AccessRule } from './access/access.decorator.ts';
export type { ApiKeyVerifier } from './access/api-key-verifier.ts';
export type { ApplicationDirectory } from './access/application-directory.ts';
export { Caller, CallerContext } from './access/caller.ts';
export { remoteUserTokens } from './access/remote-user-tokens.ts';
export type { SessionVerifier, UserToken, UserTokenVerifier } from './access/check-access.ts';
export type { RouteInfo } from './access/route-table.ts';
export { PAGE_HEADERS } from './http/cors.ts';
export { FormBody } from './http/form-body.ts';
export { BODY_LIMIT, KEEP_ALIVE_MS } from './http/fastify-options.ts';
export { safeFetchParts } from './http/safe-fetch.parts.ts';
export { idempotentRequest, Idempotent } from './input/idempotent.ts';
export {
  cutPage,
  decodeCursor,
  encodeCursor,
  pageOf,
  pageQuery,
  type PageQuery,
} from './input/pagination.ts';
export { body, param, query } from './input/validated.ts';
export { createLogger, type Logger } from './logs.ts';
export { errorAnswer } from './problems/problem-body.ts';
export { answer, type ProblemDetails, ProblemException, problemOf } from './problems/problem-exception.ts';
export { redact, redactText } from './redact.ts';
export { JsonText, Reply, Returns } from './returns.ts';
export { admitUserEvent } from './users/user-events.decide.ts';
export { UserGateway } from './users/user.gateway.ts';
