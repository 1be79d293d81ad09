import { SafeFetch } from '@countersign/security';
import { CONFIG } from '@countersign/service-kit';
import { Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { SsoDataConfig } from '../config.ts';
import { LaunchController } from './launch.controller.ts';
import { LaunchCounts } from './launch-counts.ts';
import { HandlerGateway } from './launch.gateway.ts';
import { LaunchRepository } from './launch.repository.ts';
import { LaunchSaves } from './launch-saves.service.ts';
import { LaunchService } from './launch.service.ts';
import { ShownValues } from './shown-values.ts';

/** Ends what is open to handlers with the service. */
@Injectable()
class FetchEnd implements OnApplicationShutdown {
  constructor(private readonly fetch: SafeFetch) {}

  onApplicationShutdown(): Promise<void> {
    return this.fetch.close();
  }
}

const safeFetch: Provider = {
  provide: SafeFetch,
  inject: [CONFIG],
  useFactory: ({ privateHandlers }: SsoDataConfig) => new SafeFetch({ privateHosts: privateHandlers }),
};

/** What this feature adds to the service. */
export const launchParts = {
  controllers: [LaunchController], // /v1/sso/{vendor}/launch
  providers: [
    ...[LaunchService, LaunchSaves, LaunchRepository, LaunchCounts, HandlerGateway, ShownValues],
    ...[safeFetch, FetchEnd],
  ],
};
