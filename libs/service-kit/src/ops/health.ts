import type { FastifyInstance } from 'fastify';
import type { Platform } from '../platform.ts';

const OPEN = { access: { kind: 'open', application: false } } as const;
const PROBE_MS = 2000;

/** Names what readiness hangs on and whether it is well. */
export type Readiness = (platform: Platform) => Promise<Record<string, boolean>>;

/** Database reachable (it was migrated before the door opened), consumers assigned. */
export const serviceReadiness: Readiness = async (platform) => ({
  database: await platform.database.query('SELECT 1').then(
    () => true,
    () => false,
  ),
  messaging: platform.messaging.ready(),
});

/** `/healthz`: the process answers. `/readyz`: it can do its work; 503 otherwise, and as soon as it begins to close. */
export function addHealth(fastify: FastifyInstance, platform: Platform, checks: readonly Readiness[]): void {
  fastify.get('/healthz', { config: OPEN }, () => ({ status: 'ok' }));
  fastify.get('/readyz', { config: OPEN }, async (_request, reply) => {
    const found = await Promise.all(checks.map((check) => probe(check, platform)));
    const all: Record<string, boolean> = Object.assign({ open: !platform.closing.signal.aborted }, ...found);
    const ready = Object.values(all).every(Boolean);
    void reply.code(ready ? 200 : 503);
    if (!ready) void reply.header('retry-after', '1');
    return { status: ready ? 'ready' : 'not-ready', checks: all };
  });
}

async function probe(check: Readiness, platform: Platform): Promise<Record<string, boolean>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Record<string, boolean>>((resolve) => {
    timer = setTimeout(() => resolve({ probe: false }), PROBE_MS);
  });
  try {
    return await Promise.race([check(platform), late]);
  } catch {
    return { probe: false };
  } finally {
    clearTimeout(timer);
  }
}
