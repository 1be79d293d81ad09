import type { VerifiedKey } from '@countersign/contracts';
import type { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import type { ApiKeyVerifier } from '@countersign/service-kit';
import { toApplication } from '../applications/application.repository.ts';
import { ApiKeyRepository } from './api-key.repository.ts';

/** Whose a presented key is, asked of the database each time: a revoked key is refused with the next request. */
export const localApiKeys = (database: Database): ApiKeyVerifier =>
  apiKeyVerifier(new ApiKeyRepository(database));

/** The same over a repository that is there. Keys are found by their hash, so no comparison of secrets can be timed. */
export const apiKeyVerifier =
  (repository: ApiKeyRepository): ApiKeyVerifier =>
  async (key): Promise<VerifiedKey | undefined> => {
    const found = await repository.findLive(sha256(key));
    if (!found) return undefined;
    const { keyId, appId, scopes, constraints, applicationName: name, settings } = found;
    return { keyId, appId, scopes, constraints, application: toApplication({ appId, name, settings }) };
  };
