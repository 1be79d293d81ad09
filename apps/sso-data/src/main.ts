import { runService } from '@countersign/service-kit';
import { loadSsoDataConfig } from './config.ts';
import { createService } from './create-service.ts';

await runService('sso-data', createService, loadSsoDataConfig);
