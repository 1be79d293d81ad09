import { safeFetchParts } from '@countersign/service-kit';
import type { OidcBrokerConfig } from '../config.ts';
import { LogoutDelivery } from './logout-delivery.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import { LogoutNotices } from './logout-notices.ts';

/** What this feature adds to the service. */
export const backChannelLogoutParts = {
  controllers: [],
  providers: [
    LogoutNotices,
    LogoutNoticeRepository,
    LogoutDelivery,
    ...safeFetchParts((config: OidcBrokerConfig) => config.privateRelyingParties),
  ],
};
