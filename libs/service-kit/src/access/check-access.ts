import { type Application, PLATFORM_APP, SERVICES, type VerifiedToken } from '@countersign/contracts';
import { assertNever } from '@countersign/kernel';
import { decodeUnverified, type ServiceIdentity, TokenInvalid } from '@countersign/security';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowOrigin } from '../http/cors.ts';
import { ProblemException } from '../problems/problem-exception.ts';
import type { AccessRule } from './access.decorator.ts';
import type { ApiKeyVerifier } from './api-key-verifier.ts';
import type { ApplicationDirectory } from './application-directory.ts';
import { CallerContext } from './caller.ts';
import { apiKeyIn, bearerIn, sessionIn } from './credentials.ts';
import { namedApplication, namedApplicationId } from './named-application.ts';

/**
 * Says whose an MFA session is: undefined where it is no live one, or one of another application. `application` is
 * absent where the request names none that exists; then a live session of any application is still told, so that
 * credentials are looked at before the application.
 */
export type SessionVerifier = (token: string, application: Application | undefined) => Promise<unknown>;

/** What is known of a user's token; see `verifiedToken` in the contracts. */
export type UserToken = VerifiedToken;

/**
 * Whose a user's token is (of a login, or granted by an API key): undefined where it does not hold in `application` now.
 * Throws ServiceUnavailable where nobody can know.
 */
export type UserTokenVerifier = (token: string, application: Application) => Promise<UserToken | undefined>;

/** What checks need. */
export interface Gate {
  suffixes: readonly string[];
  directory: ApplicationDirectory;
  keys: ApiKeyVerifier;
  sessions?: SessionVerifier;
  userTokens?: UserTokenVerifier;
  identity?: ServiceIdentity;
}

/** Checks a route's rule. Throws the problem that answers; never looks at parameters or body. */
export async function checkAccess(
  rule: AccessRule,
  request: FastifyRequest,
  reply: FastifyReply,
  gate: Gate,
): Promise<CallerContext> {
  switch (rule.kind) {
    case 'open':
      return open(rule, request, reply, gate);
    case 'apiKey':
      return apiKey(rule, request, gate);
    case 'session':
      return session(request, reply, gate);
    case 'userToken':
      return userToken(rule, request, reply, gate);
    case 'service':
      return service(rule, request, gate);
    default:
      return assertNever(rule);
  }
}

type Rule<K extends AccessRule['kind']> = Extract<AccessRule, { kind: K }>;

async function open(rule: Rule<'open'>, request: FastifyRequest, reply: FastifyReply, gate: Gate) {
  const credential = sessionIn(request.headers.authorization);
  if (!rule.application) return new CallerContext(request, { credential });
  const application = await namedApplication(request, gate.suffixes, gate.directory);
  allowOrigin(request, reply, application);
  return new CallerContext(request, { application, credential });
}

async function apiKey(rule: Rule<'apiKey'>, request: FastifyRequest, gate: Gate) {
  const presented = apiKeyIn(request.headers.authorization);
  const key = presented === undefined ? undefined : await gate.keys(presented);
  if (presented === undefined || !key) throw new ProblemException('access/unauthenticated');
  const named = await namedApplicationId(request, gate.suffixes, gate.directory);
  if (named !== undefined && named !== key.appId) throw new ProblemException('access/application-not-found');
  if (rule.scope !== undefined && !key.scopes.includes(rule.scope))
    throw new ProblemException('access/forbidden', { detail: `needs the scope ${rule.scope}` });
  if (rule.platformOnly && key.appId !== PLATFORM_APP)
    throw new ProblemException('access/forbidden', { detail: 'needs a key of the platform' });
  const stillValid = async (): Promise<boolean> => {
    const now = await gate.keys(presented);
    return now?.appId === key.appId && (rule.scope === undefined || now.scopes.includes(rule.scope));
  };
  return new CallerContext(request, { application: key.application, key, stillValid });
}

/** The application a user's page names, or why it names none; pages of its origins may read whatever the answer is. */
async function applicationOfPage(request: FastifyRequest, reply: FastifyReply, gate: Gate) {
  try {
    const application = await namedApplication(request, gate.suffixes, gate.directory);
    allowOrigin(request, reply, application);
    return { application, error: undefined };
  } catch (error) {
    return { application: undefined, error };
  }
}

async function session(request: FastifyRequest, reply: FastifyReply, gate: Gate) {
  const { application, error } = await applicationOfPage(request, reply, gate);
  const credential = sessionIn(request.headers.authorization);
  if (credential === undefined || !gate.sessions) throw new ProblemException('access/unauthenticated');
  if (!application && !(error instanceof ProblemException)) throw error;
  const found = await gate.sessions(credential, application);
  if (found === undefined || found === null) throw new ProblemException('access/unauthenticated');
  if (!application) throw error;
  return new CallerContext(request, { application, session: found, credential });
}

async function userToken(rule: Rule<'userToken'>, request: FastifyRequest, reply: FastifyReply, gate: Gate) {
  const { application, error } = await applicationOfPage(request, reply, gate);
  const { authorization = '' } = request.headers;
  if (rule.optional && authorization.trim() === '') {
    if (!application) throw error;
    return new CallerContext(request, { application });
  }
  const credential = sessionIn(authorization);
  if (credential === undefined || !gate.userTokens) throw new ProblemException('access/unauthenticated');
  if (!application && !(error instanceof ProblemException)) throw error;
  // the credential is looked at before the application: where none is named, in the one it says it is for
  const where = application ?? (await audienceOf(credential, gate));
  const found = where && (await gate.userTokens(credential, where));
  if (!found) throw new ProblemException('access/unauthenticated');
  if (!application) throw error;
  if (rule.scope !== undefined && !found.scopes.includes(rule.scope))
    throw new ProblemException('access/forbidden', { detail: `needs the scope ${rule.scope}` });
  return new CallerContext(request, { application, userToken: found, credential });
}

/** The application an unverified token says it is for. */
async function audienceOf(token: string, gate: Gate): Promise<Application | undefined> {
  try {
    const { aud } = decodeUnverified(token).claims;
    return typeof aud === 'string' ? await gate.directory.byId(aud.toLowerCase()) : undefined;
  } catch (error) {
    if (error instanceof TokenInvalid) return undefined;
    throw error;
  }
}

async function service(rule: Rule<'service'>, request: FastifyRequest, gate: Gate) {
  const token = bearerIn(request.headers.authorization);
  if (token === undefined || !gate.identity) throw new ProblemException('access/unauthenticated');
  const { caller } = await gate.identity.verify(token, [...SERVICES]).catch((error: unknown) => {
    throw error instanceof TokenInvalid ? new ProblemException('access/unauthenticated') : error;
  });
  if (!rule.callers.includes(caller)) throw new ProblemException('access/forbidden');
  return new CallerContext(request, { service: caller });
}
