import type { VerifiedKey } from '@countersign/contracts';
import { Believed } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import type { ApiKeyVerifier } from '@countersign/service-kit';
import { toApplication } from '../applications/application.repository.ts';
import { ApiKeyRepository } from './api-key.repository.ts';

const byDatabase = new WeakMap<Database, Believed<VerifiedKey>>();

/**
 * Verified keys by the hash of the key, as this service's own door believes them for half a second. Whoever changes a
 * key or its application forgets them: a key revoked here is refused with the next request.
 */
export function believedKeys(database: Database): Believed<VerifiedKey> {
  const known = byDatabase.get(database);
  if (known) return known;
  const repository = new ApiKeyRepository(database);
  const made = new Believed((hash) => findVerified(repository, hash));
  byDatabase.set(database, made);
  return made;
}

/** Whose a presented key is, for this service's own door. */
export const localApiKeys = (database: Database): ApiKeyVerifier => {
  const believed = believedKeys(database);
  return (key) => believed.get(sha256(key));
};

/** The same for the other services, asked of the database each time: they believe the answer for half a second themselves. */
export const apiKeyVerifier =
  (repository: ApiKeyRepository): ApiKeyVerifier =>
  (key) =>
    findVerified(repository, sha256(key));

/** Keys are found by their hash, so no comparison of secrets can be timed. */
async function findVerified(repository: ApiKeyRepository, hash: string): Promise<VerifiedKey | undefined> {
  const found = await repository.findLive(hash);
  if (!found) return undefined;
  const { keyId, appId, scopes, constraints, applicationName: name, settings } = found;
  return { keyId, appId, scopes, constraints, application: toApplication({ appId, name, settings }) };
}
