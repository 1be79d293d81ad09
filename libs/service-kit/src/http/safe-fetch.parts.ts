import { SafeFetch } from '@countersign/security';
import { Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { CONFIG } from '../platform.module.ts';

/** What is open to others' addresses ends with the service. */
@Injectable()
class FetchEnd implements OnApplicationShutdown {
  constructor(private readonly fetch: SafeFetch) {}

  onApplicationShutdown(): Promise<void> {
    return this.fetch.close();
  }
}

/**
 * Providers of the service's SafeFetch, for addresses that strangers chose. `privateHosts` says out of the service's
 * configuration which private hosts it may ask (OP-09).
 */
export const safeFetchParts = <Config>(privateHosts: (config: Config) => readonly string[]): Provider[] => [
  {
    provide: SafeFetch,
    inject: [CONFIG],
    useFactory: (config: Config) => new SafeFetch({ privateHosts: privateHosts(config) }),
  },
  FetchEnd,
];
