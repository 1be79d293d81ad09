import { hash as hashOf } from 'node:crypto';
import { type VerifiedKey, verifiedKey } from '@countersign/contracts';
import { type ServiceClient, ServiceUnavailable } from '@countersign/security';
import { LRUCache } from 'lru-cache';

/** Says whose an API key is: undefined for one that is unknown, revoked or expired; throws ServiceUnavailable if it cannot know. */
export type ApiKeyVerifier = (key: string) => Promise<VerifiedKey | undefined>;

/** How long a verified key is believed, in milliseconds, counted from before it was asked about: revocation works within a second. */
const BELIEVED_MS = 500;

/** Asks token-service. `now` is a monotonic clock in milliseconds. Equal questions at the same time are asked once; only a yes is remembered, and never longer than that. */
export function remoteApiKeys(
  client: Pick<ServiceClient, 'call'>,
  now: () => number = () => performance.now(),
): ApiKeyVerifier {
  const believed = new LRUCache<string, VerifiedKey>({
    max: 1000,
    ttl: BELIEVED_MS,
    ttlResolution: 0,
    perf: { now },
  });
  const asking = new Map<string, Promise<VerifiedKey | undefined>>();

  const ask = async (key: string, hash: string): Promise<VerifiedKey | undefined> => {
    const start = now();
    const { status, body } = await client.call('token-service', {
      method: 'POST',
      path: '/internal/api-keys/verify',
      body: { key },
    });
    if (status === 404 || status === 400) return undefined;
    const parsed = status === 200 ? verifiedKey.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('token-service', `answered ${status} about an API key`);
    const left = BELIEVED_MS - (now() - start);
    if (left > 0) believed.set(hash, parsed.data, { ttl: left });
    return parsed.data;
  };

  return (key) => {
    // keys are not kept in memory, their hashes are
    const hash = hashOf('sha256', key, 'base64url');
    const known = believed.get(hash);
    if (known) return Promise.resolve(known);
    const running = asking.get(hash);
    if (running) return running;
    const question = ask(key, hash).finally(() => asking.delete(hash));
    asking.set(hash, question);
    return question;
  };
}
