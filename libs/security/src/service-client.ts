import type { ServiceName } from '@countersign/contracts';
import { readLimited } from './limited-body.ts';
import type { ServiceIdentity } from './service-identity.ts';

/** Another service did not answer, or not usably. A door makes 503 with `Retry-After: 1` of it. */
export class ServiceUnavailable extends Error {
  override name = 'ServiceUnavailable';
  constructor(
    readonly service: string,
    /** For logs: `timeout`, `network`, `status 502`, … */
    readonly reason: string,
  ) {
    super(`${service} is not available`);
  }
}

export interface ServiceCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path with query, its parts percent-encoded by the caller. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** For the whole call, the answer's body included. Default 2000. */
  timeoutMs?: number;
  traceparent?: string;
  correlationId?: string;
  /** Whom a public route is asked for: their credential goes along instead of this service's token. */
  onBehalfOf?: Person;
}

/** Somebody at a page of this service, as the neighbour's public routes would see them. */
export interface Person {
  /** The whole Authorization header; absent: none. */
  authorization?: string | undefined;
  /** Sent as X-Forwarded-For: the neighbour believes it where this service is one of its trusted proxies. */
  clientAddress: string;
  userAgent?: string | undefined;
}

export interface ServiceAnswer {
  status: number;
  /** Parsed JSON, not checked against any schema; undefined if there was none. */
  body: unknown;
  /** Of `Retry-After`, in seconds. */
  retryAfterSeconds?: number;
}

export interface ServiceClientOptions {
  /** Default of `ServiceCall.timeoutMs`. */
  timeoutMs?: number;
  /** Largest answer, in bytes. Default 1 MiB. */
  maxBytes?: number;
}

/**
 * Calls other services' `/internal` routes with a service token, and public ones on behalf of somebody (security 36: no
 * redirects, limits on time and size).
 */
export class ServiceClient {
  constructor(
    private readonly identity: ServiceIdentity,
    private readonly urls: Readonly<Partial<Record<ServiceName, string>>>,
    private readonly options: ServiceClientOptions = {},
  ) {}

  /** The answer of any status below 500. Throws ServiceUnavailable on all else, so that callers fail closed. */
  async call(service: ServiceName, call: ServiceCall): Promise<ServiceAnswer> {
    const url = this.urlOf(service, call.path);
    const authorization = call.onBehalfOf
      ? call.onBehalfOf.authorization
      : `Bearer ${await this.identity.issue(service)}`;
    const signal = AbortSignal.timeout(call.timeoutMs ?? this.options.timeoutMs ?? 2000);
    try {
      const response = await fetch(url, {
        method: call.method,
        headers: headersOf(call, authorization),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        redirect: 'manual',
        signal,
      });
      if (response.status >= 500 || (response.status >= 300 && response.status < 400)) {
        await response.body?.cancel();
        throw new ServiceUnavailable(service, `status ${response.status}`);
      }
      const text = await readLimited(response, this.options.maxBytes ?? 1_048_576);
      if (text === undefined) throw new ServiceUnavailable(service, 'too large');
      const retryAfter = /^\d{1,9}$/.exec(response.headers.get('retry-after') ?? '');
      return {
        status: response.status,
        body: text === '' ? undefined : JSON.parse(text),
        ...(retryAfter && { retryAfterSeconds: Number(retryAfter[0]) }),
      };
    } catch (error) {
      if (error instanceof ServiceUnavailable) throw error;
      if (error instanceof SyntaxError) throw new ServiceUnavailable(service, 'not JSON');
      throw new ServiceUnavailable(service, signal.aborted ? 'timeout' : 'network');
    }
  }

  /** A path can choose a resource, never another host or, by dot segments, another path. Throws TypeError. */
  private urlOf(service: ServiceName, path: string): URL {
    const base = this.urls[service];
    if (base === undefined) throw new ServiceUnavailable(service, 'no address');
    const { origin } = new URL(base);
    const url = new URL(path.startsWith('/') ? origin + path : origin);
    if (url.origin !== origin || url.pathname + url.search !== path) throw new TypeError('not a plain path');
    return url;
  }
}

function headersOf(call: ServiceCall, authorization: string | undefined): Record<string, string> {
  const { clientAddress, userAgent } = call.onBehalfOf ?? {};
  return {
    ...(authorization === undefined ? {} : { authorization }),
    accept: 'application/json',
    ...(clientAddress === undefined ? {} : { 'x-forwarded-for': clientAddress }),
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
    ...(call.correlationId === undefined ? {} : { 'x-correlation-id': call.correlationId }),
  };
}
