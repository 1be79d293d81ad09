import { SafeFetch } from '@countersign/security';
import { CONFIG } from '@countersign/service-kit';
import { Injectable, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { OidcBrokerConfig } from '../config.ts';
import { LogoutDelivery } from './logout-delivery.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import { LogoutNotices } from './logout-notices.ts';

/** Ends what is open to clients with the service. */
@Injectable()
class FetchEnd implements OnApplicationShutdown {
  constructor(private readonly fetch: SafeFetch) {}

  onApplicationShutdown(): Promise<void> {
    return this.fetch.close();
  }
}

/** Asks addresses that clients registered, for logouts and for nothing else. */
const safeFetch: Provider = {
  provide: SafeFetch,
  inject: [CONFIG],
  useFactory: ({ privateRelyingParties }: OidcBrokerConfig) =>
    new SafeFetch({ privateHosts: privateRelyingParties }),
};

/** What this feature adds to the service. */
export const backChannelLogoutParts = {
  controllers: [],
  providers: [LogoutNotices, LogoutNoticeRepository, LogoutDelivery, safeFetch, FetchEnd],
};
