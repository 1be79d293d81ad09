import { InProcessTransport } from '@countersign/messaging';
import { createService, type RunningService, type ServiceOptions } from '../src/index.ts';
import { configOf } from './two-services.ts';

/** A service alone on `databaseUrl`; its token-service is out of reach. */
export const startAlone = (
  databaseUrl: string,
  module: ServiceOptions['module'],
  more: Partial<ServiceOptions> = {},
): Promise<RunningService> =>
  createService({
    name: 'sso-data',
    config: configOf('sso-data', databaseUrl),
    deps: { transport: new InProcessTransport() },
    database: { entities: [], migrations: [] },
    module,
    ...more,
  });
