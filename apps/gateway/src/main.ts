import { runService } from '@countersign/service-kit';
import { loadConfig } from './config.ts';
import { createService } from './create-service.ts';

await runService('gateway', createService, loadConfig);
