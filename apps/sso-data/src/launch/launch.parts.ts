import { safeFetchParts } from '@countersign/service-kit';
import type { SsoDataConfig } from '../config.ts';
import { LaunchController } from './launch.controller.ts';
import { LaunchCounts } from './launch-counts.ts';
import { HandlerGateway } from './launch.gateway.ts';
import { LaunchRepository } from './launch.repository.ts';
import { LaunchSaves } from './launch-saves.service.ts';
import { LaunchService } from './launch.service.ts';
import { ShownValues } from './shown-values.ts';

/** What this feature adds to the service. */
export const launchParts = {
  controllers: [LaunchController], // /v1/sso/{vendor}/launch
  providers: [
    ...[LaunchService, LaunchSaves, LaunchRepository, LaunchCounts, HandlerGateway, ShownValues],
    ...safeFetchParts((config: SsoDataConfig) => config.privateHandlers),
  ],
};
