import type { Database } from '@countersign/persistence';
import type { ApplicationDirectory } from '@countersign/service-kit';
import { ApplicationRepository, toApplication } from './application.repository.ts';

/** Applications for this service's own door: read where they are, so that a change holds with the next request. */
export function localDirectory(database: Database): ApplicationDirectory {
  const repository = new ApplicationRepository(database);
  return {
    byId: async (appId) => {
      const row = await repository.find(appId);
      return row && toApplication(row);
    },
    byHost: async (host) => {
      const row = await repository.findByHost(host);
      return row && toApplication(row);
    },
  };
}
