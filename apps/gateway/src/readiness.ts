import { SERVED, type Served } from './routes.table.ts';

const ASK_MS = 1500;

/** Which services say that they are ready. */
export async function readinessOf(urls: Record<Served, string>): Promise<Record<Served, boolean>> {
  const found = await Promise.all(
    SERVED.map(async (service) => [service, await isReady(urls[service])] as const),
  );
  return Object.fromEntries(found) as Record<Served, boolean>;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS), redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
