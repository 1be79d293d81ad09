import { Timers } from '@countersign/messaging';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExternalTokenRepository } from './external-tokens/external-token.repository.ts';
import { GrantTokenRepository } from './grant-tokens/grant-token.repository.ts';
import { SigningKeyRepository } from './signing-keys/signing-key.repository.ts';
import { IssuedTokenRepository } from './tokens/issued-token.repository.ts';

const EVERY_MS = 10 * 60_000;
const RETIRED_EVERY_MS = 10_000;

/** Deletes what ended: tokens after a day, when no repeat of a lost answer can ask for them; signing keys at once. */
@Injectable()
export class Retention implements OnModuleInit {
  constructor(
    private readonly timers: Timers,
    private readonly externalTokens: ExternalTokenRepository,
    private readonly issuedTokens: IssuedTokenRepository,
    private readonly grantTokens: GrantTokenRepository,
    private readonly signingKeys: SigningKeyRepository,
  ) {}

  onModuleInit(): void {
    this.timers.register({
      name: 'external-tokens',
      everyMs: EVERY_MS,
      run: () => this.externalTokens.purge(),
    });
    this.timers.register({ name: 'issued-tokens', everyMs: EVERY_MS, run: () => this.issuedTokens.purge() });
    this.timers.register({ name: 'grant-tokens', everyMs: EVERY_MS, run: () => this.grantTokens.purge() });
    this.timers.register({
      name: 'retired-signing-keys',
      everyMs: RETIRED_EVERY_MS,
      run: () => this.signingKeys.deleteRetired(),
    });
  }
}
