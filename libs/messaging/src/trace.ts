import { AsyncLocalStorage } from 'node:async_hooks';
import { randomHex } from '@countersign/kernel';

interface Context {
  /** W3C trace context of the unit of work under way. */
  traceparent?: string;
  /** What everything that follows from one request or event has in common. */
  correlationId?: string;
  /** Id of the event that is being handled. */
  causationId?: string;
}

const storage = new AsyncLocalStorage<Context>();

/** The traceparent of the work under way, or undefined outside {@link runWithTrace}. */
export const currentTrace = (): string | undefined => storage.getStore()?.traceparent;

/** The correlation id of the work under way. */
export const currentCorrelationId = (): string | undefined => storage.getStore()?.correlationId;

/** Id of the event that is being handled, or undefined outside an event handler. */
export const currentCausationId = (): string | undefined => storage.getStore()?.causationId;

/**
 * Runs `work` as a span of its own below `traceparent`; without one, or with a malformed one, as a new trace.
 * Events written meanwhile carry the span (W3C Trace Context §3.2).
 */
export function runWithTrace<T>(traceparent: string | undefined, work: () => T): T {
  return storage.run({ ...storage.getStore(), traceparent: childOf(traceparent) }, work);
}

/** Runs `work` under a correlation id, which events written meanwhile carry. */
export function runWithCorrelationId<T>(correlationId: string | undefined, work: () => T): T {
  return storage.run({ ...storage.getStore(), correlationId }, work);
}

/** Runs `work` as the handling of an event: its trace, its correlation id (or its id), and it as the cause. */
export function runAsHandlerOf<T>(
  event: { id: string; traceparent?: string; correlationid?: string },
  work: () => T,
): T {
  const context = {
    traceparent: childOf(event.traceparent),
    correlationId: event.correlationid ?? event.id,
    causationId: event.id,
  };
  return storage.run(context, work);
}

const WELL_FORMED = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

function childOf(traceparent: string | undefined): string {
  const [, traceId = randomHex(16), flags = '01'] = WELL_FORMED.exec(traceparent ?? '') ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}
