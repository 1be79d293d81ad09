import { createHash } from 'node:crypto';
import type { Application, ServiceName, VerifiedKey, VerifiedToken } from '@countersign/contracts';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../problems/problem-exception.ts';

/** Who calls, as established before the body was read. */
export class CallerContext<Session = unknown> {
  constructor(
    private readonly request: FastifyRequest,
    private readonly found: {
      application?: Application;
      key?: VerifiedKey;
      service?: ServiceName;
      session?: unknown;
      userToken?: VerifiedToken;
      credential?: string;
      stillValid?: () => Promise<boolean>;
    } = {},
  ) {}

  /** The application. Throws (a fault) on a route whose access rule does not establish one. */
  get application(): Application {
    if (!this.found.application) throw new Error('this route establishes no application');
    return this.found.application;
  }

  /**
   * The user who is asking about themselves, on `userToken` routes: by a login's token. What an API key granted speaks
   * for nobody there (403).
   */
  get self(): VerifiedToken {
    const { userToken } = this;
    if (userToken.kind !== 'access') throw new ProblemException('access/forbidden');
    return userToken;
  }

  /** The API key, on `apiKey` routes. Throws (a fault) elsewhere. */
  get key(): VerifiedKey {
    if (!this.found.key) throw new Error('this route has no API key');
    return this.found.key;
  }

  /**
   * Asks again about the API key that was presented, for answers that last: false once it is revoked, expired or lacks
   * the route's scope, within a second. Throws ServiceUnavailable where nobody can know, a fault off `apiKey` routes.
   */
  stillValid(): Promise<boolean> {
    if (!this.found.stillValid) throw new Error('this route has no API key');
    return this.found.stillValid();
  }

  /** The calling service, on `service` routes. Throws (a fault) elsewhere. */
  get service(): ServiceName {
    if (!this.found.service) throw new Error('this route has no calling service');
    return this.found.service;
  }

  /** What the session verifier found, on `session` routes. */
  get session(): Session {
    if (this.found.session === undefined) throw new Error('this route has no session');
    return this.found.session as Session;
  }

  /** The user's token, on `userToken` routes. Throws (a fault) where there is none: see {@link userTokenIfAny}. */
  get userToken(): VerifiedToken {
    if (!this.found.userToken) throw new Error('this route has no user token');
    return this.found.userToken;
  }

  /** The user's token on `userToken` routes that are `optional`: undefined where no credential was shown. */
  get userTokenIfAny(): VerifiedToken | undefined {
    return this.found.userToken;
  }

  /** The Authorization header without an optional `Bearer`, unverified: for `open` routes that look at an access token. */
  get credential(): string | undefined {
    return this.found.credential;
  }

  /** The client's address; X-Forwarded-For is believed from trusted proxies only. */
  get clientAddress(): string {
    return this.request.clientAddress;
  }

  get userAgent(): string | undefined {
    return this.request.headers['user-agent'];
  }

  get correlationId(): string {
    return this.request.id;
  }

  /** SHA-256 over method, path and body bytes, base64url: equal for a repeat of the identical request. */
  get requestHash(): string {
    const { method, url, bodyText } = this.request;
    return createHash('sha256')
      .update(`${method} ${url}\n`)
      .update(bodyText ?? '')
      .digest('base64url');
  }
}

/** The caller of a request whose access rule has been checked. */
export function callerOf(request: FastifyRequest): CallerContext {
  if (!request.caller) throw new Error('the access rule of this route was not checked');
  return request.caller;
}

/** Parameter decorator: the {@link CallerContext}. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
