import { Accounts } from './accounts.ts';
import { BegunLimit } from './begun-limit.ts';
import { ContactClaims } from './contact-claims.ts';
import { ErrorAnswers } from './error-answers.ts';
import { Grants } from './grants.ts';
import { ProviderFactory } from './provider-factory.ts';
import { ProviderMount } from './provider-mount.ts';
import { Providers } from './providers.ts';
import { StandingProofs } from './standing-proofs.ts';

/** What this feature adds to the service. */
export const providerParts = {
  controllers: [],
  providers: [
    ...[Providers, ProviderFactory, ProviderMount, Accounts, ContactClaims, Grants],
    ...[StandingProofs, ErrorAnswers, BegunLimit],
  ],
};
