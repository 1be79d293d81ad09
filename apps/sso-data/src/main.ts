import { runService } from '@countersign/service-kit';
import { createService } from './create-service.ts';

await runService('sso-data', createService);
