import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Door } from './http/open-door.ts';
import type { Platform } from './platform.ts';

/** Until then requests under way may finish. */
const REQUESTS_MS = 5_000;
/** Everything together. */
const ALL_MS = 10_000;

/**
 * How a service stops: the door first (no new connections, those under way get their answer and `connection: close`),
 * then consumers, their handlers, relay and timers, the app's own hooks, the pool last. A step that fails or hangs
 * does not keep the next from running.
 */
export function closer(
  platform: Platform,
  parts: { app?: NestFastifyApplication; door?: Door },
): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const step = async (name: string, work: () => Promise<unknown>, withinMs: number): Promise<void> => {
    try {
      await within(withinMs, work());
    } catch (error) {
      platform.logger.warn({ err: error, step: name }, 'closing');
    }
  };
  const closeAll = async (): Promise<void> => {
    platform.closing.abort();
    const end = performance.now() + ALL_MS;
    const left = () => Math.max(end - performance.now(), 100);
    const { door, app } = parts;
    if (door) {
      const late = setTimeout(() => door.fastify.server.closeAllConnections(), REQUESTS_MS);
      await step('door', () => door.fastify.close(), REQUESTS_MS + 500);
      clearTimeout(late);
    }
    if (platform.isReady('messaging')) {
      await step('pause consumers', () => platform.messaging.pauseConsumers(), left());
      await step('drain', () => platform.messaging.drain(), left());
      await step('stop messaging', () => platform.messaging.stop(), left());
    }
    const transport = platform.ownTransport;
    if (transport) await step('transport', () => transport.close(), left());
    if (app) await step('app', () => app.close(), left());
    if (platform.isReady('database')) await step('database', () => platform.database.close(), left());
    platform.metrics.clear();
  };
  return () => (closing ??= closeAll());
}

/** `work`, or an error after `ms` milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${Math.round(ms)} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
