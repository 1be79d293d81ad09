import { runService } from '@countersign/service-kit';
import { createService, loadTokenServiceConfig } from './create-service.ts';

await runService('token-service', createService, loadTokenServiceConfig);
