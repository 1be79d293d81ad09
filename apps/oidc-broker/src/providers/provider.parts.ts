import { SafeFetch } from '@countersign/security';
import { CONFIG } from '@countersign/service-kit';
import type { OidcBrokerConfig } from '../config.ts';
import { Accounts } from './accounts.ts';
import { BegunLimit } from './begun-limit.ts';
import { ContactClaims } from './contact-claims.ts';
import { ErrorAnswers } from './error-answers.ts';
import { Grants } from './grants.ts';
import { ProviderFactory } from './provider-factory.ts';
import { ProviderMount } from './provider-mount.ts';
import { Providers } from './providers.ts';
import { StandingProofs } from './standing-proofs.ts';

/** Where clients that are told of logouts may be besides the internet: on this machine, while developing. */
const LOCAL = ['localhost', '127.0.0.1', '::1'];

const fetchForLogouts = {
  provide: SafeFetch,
  inject: [CONFIG],
  useFactory: ({ securityProfile }: OidcBrokerConfig) =>
    new SafeFetch({ privateHosts: securityProfile === 'development' ? LOCAL : [] }),
};

/** What this feature adds to the service. */
export const providerParts = {
  controllers: [],
  providers: [
    ...[Providers, ProviderFactory, ProviderMount, Accounts, ContactClaims, Grants],
    ...[StandingProofs, ErrorAnswers, BegunLimit, fetchForLogouts],
  ],
};
