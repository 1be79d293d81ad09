import 'reflect-metadata';
import { runService } from '@countersign/service-kit';
import { createService, loadOrchestratorConfig } from './create-service.ts';

await runService('mfa-orchestrator', createService, loadOrchestratorConfig);
