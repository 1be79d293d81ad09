import 'reflect-metadata';
import { runService } from '@countersign/service-kit';
import { createService } from './create-service.ts';

await runService('mfa-orchestrator', createService);
