import { type Application, applicationView } from '@countersign/contracts';
import { type ServiceClient, ServiceUnavailable } from '@countersign/security';
import { LRUCache } from 'lru-cache';

/** Where applications are looked up. Both answer undefined for what does not exist and throw ServiceUnavailable if they cannot know. */
export interface ApplicationDirectory {
  /** By id, in lower case. */
  byId(appId: string): Promise<Application | undefined>;
  /** By an exact host name (`settings.hostAliases`), in lower case. */
  byHost(host: string): Promise<Application | undefined>;
  /** What is known of the application is asked again at the next look: its settings have just changed. */
  forget?(appId: string): void;
}

const FRESH_MS = 1000;
/** How long an application is still known while token-service is away. Credentials never are. */
const STALE_MS = 5 * 60_000;
const MOST = 1000;

interface Known {
  application: Application;
  at: number;
}

/** Asks token-service, remembers for a second (`now` is a monotonic clock in milliseconds). What does not exist is remembered apart, so that guesses push nothing out. */
export function remoteDirectory(
  client: Pick<ServiceClient, 'call'>,
  now: () => number = () => performance.now(),
): ApplicationDirectory {
  const known = new LRUCache<string, Known>({ max: MOST });
  const absent = new LRUCache<string, true>({ max: MOST, ttl: FRESH_MS, ttlResolution: 0, perf: { now } });
  const asking = new Map<string, Promise<Application | undefined>>();

  let forgotten = 0;

  const ask = async (path: string): Promise<Application | undefined> => {
    const at = now();
    const asked = forgotten;
    const { status, body } = await client.call('token-service', { method: 'GET', path });
    if (status === 404 || status === 400) {
      known.delete(path);
      absent.set(path, true);
      return undefined;
    }
    const parsed = status === 200 ? applicationView.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('token-service', `answered ${status} about an application`);
    // an answer under way while something was forgotten may be older than the change
    if (asked === forgotten) known.set(path, { application: parsed.data, at });
    return parsed.data;
  };

  const find = async (path: string): Promise<Application | undefined> => {
    const before = known.get(path);
    if (before && now() - before.at < FRESH_MS) return before.application;
    if (absent.has(path)) return undefined;
    let question = asking.get(path);
    if (!question) {
      question = ask(path).finally(() => asking.delete(path));
      asking.set(path, question);
    }
    try {
      return await question;
    } catch (error) {
      if (before && error instanceof ServiceUnavailable && now() - before.at < STALE_MS)
        return before.application;
      throw error;
    }
  };

  return {
    byId: (appId) => find(`/internal/applications/${encodeURIComponent(appId)}`),
    byHost: (host) => find(`/internal/applications?host=${encodeURIComponent(host)}`),
    forget: (appId) => {
      const path = `/internal/applications/${encodeURIComponent(appId)}`;
      forgotten += 1;
      known.delete(path);
      asking.delete(path);
    },
  };
}
