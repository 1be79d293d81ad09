import { PasswordHasher, type PasswordHasherOptions, Vault } from '@countersign/security';
import { CONFIG } from '@countersign/service-kit';
import type { Provider } from '@nestjs/common';
import type { OidcBrokerConfig } from '../config.ts';

/** The one hasher of the process: what runs and waits is counted over all who ask. Tests hand in cheaper ones. */
export const passwordHasher = (options?: PasswordHasherOptions): Provider => ({
  provide: PasswordHasher,
  useFactory: (vault: Vault, { passwordHashKib }: OidcBrokerConfig) =>
    new PasswordHasher(vault.derive('password-pepper/v1'), {
      cost: { memory: passwordHashKib, passes: 1, parallelism: 1 },
      ...options,
    }),
  inject: [Vault, CONFIG],
});
