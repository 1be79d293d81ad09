import { SigningKeyController } from './signing-key.controller.ts';
import { SigningKeyRepository } from './signing-key.repository.ts';
import { SigningKeyService } from './signing-key.service.ts';

/** What this feature adds to the service. */
export const signingKeyParts = {
  controllers: [SigningKeyController], // /v1/oidc-keys
  providers: [SigningKeyService, SigningKeyRepository],
};
