import { runService } from '@countersign/service-kit';
import { loadOidcBrokerConfig } from './config.ts';
import { createService } from './create-service.ts';

await runService('oidc-broker', createService, loadOidcBrokerConfig);
