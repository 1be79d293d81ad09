import type { AccessRule } from '../access/access.decorator.ts';
import type { CallerContext } from '../access/caller.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule;
    /** The route also takes form-encoded bodies. */
    form?: boolean;
  }
  interface FastifyRequest {
    /** Set once the access rule is satisfied. */
    caller: CallerContext | null;
    clientAddress: string;
    traceparent: string | null;
    /** The body as it came, for hashes over it. */
    bodyText: string | null;
    startedAt: bigint;
    /** Runs a callback in the asynchronous context (trace, correlation id) of the request. */
    inContext: ((callback: () => void) => void) | null;
  }
}

declare module 'node:http' {
  interface IncomingMessage {
    /** The application named by the path prefix; '' for a prefix that names none. */
    namedApplication?: string;
  }
}
