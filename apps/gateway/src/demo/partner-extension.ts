import { randomUUID } from 'node:crypto';
import { defineSsoExtension, type SsoExtension } from '@countersign/extension-sdk';
import type { Clock } from '@countersign/kernel';
import type { Logger } from '@countersign/service-kit';
import type { PartnerVisits } from './partner-visits.ts';

const ELEMENT = 'Session.UserSSOIdentifier';

export interface PartnerOptions {
  /** Who asks: the application's issuer, `{gateway}/apps/demo`. */
  issuer: string;
  /** The handler's own address, as it is registered. */
  audience: string;
  /** Where users are sent; `?visit=` is added. */
  landing: string;
  visits: PartnerVisits;
  clock: Clock;
  logger: Logger;
}

/**
 * The sample vendor: mints an identifier for a user it has never seen, and is given it back ever after (seed 002, the
 * sample of "Returning a User Config Level object").
 */
export const partnerExtension = ({ visits, landing, logger, ...options }: PartnerOptions): SsoExtension =>
  defineSsoExtension({
    ...options,
    thirdPartyDataElements: [{ name: ELEMENT, description: 'a unique identifier for the user' }],
    uiTextPrefix: 'ExampleSSO',
    onRefused: ({ reason }) => logger.warn({ reason }, 'the sample vendor refused a request'),
    onError: (error) => logger.error({ err: error }, 'the sample vendor failed'),
    handler({ vendorConfigs, userLevelConfigList, linkOut }) {
      const known = vendorConfigs.get(ELEMENT);
      const identifier = known ?? randomUUID();
      const link = new URL(landing);
      link.searchParams.set('visit', visits.expect(identifier, known === undefined));
      if (known !== undefined) return linkOut(link);
      return linkOut(link, {
        userLevelConfigList: userLevelConfigList([{ key: ELEMENT, value: identifier }]),
      });
    },
  });
