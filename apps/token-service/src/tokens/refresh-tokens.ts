import { constantTimeEqual, hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Which refresh token of which family of tokens. */
export interface RefreshHandle {
  family: string;
  generation: number;
}

/**
 * Refresh tokens: `crt_`, the family's handle, the generation, and 256 bits of HMAC over application, family and
 * generation. They are derived and recognised, never stored, not even as hashes: a repeat yields the same one, a
 * guess costs no query, and a token of any age still names the family it was stolen from (ADR 0021).
 */
@Injectable()
export class RefreshTokens {
  readonly #secret: Uint8Array;

  constructor(vault: Vault) {
    this.#secret = vault.derive('refresh-tokens');
  }

  /** The refresh token of that generation. */
  of(appId: string, { family, generation }: RefreshHandle): string {
    const number = generation.toString(36);
    return `crt_${family}.${number}.${hmac(this.#secret, appId, family, number)}`;
  }

  /** Which one `token` is, or undefined if it is none of this application. Says nothing of whether it still holds. */
  read(appId: string, token: string): RefreshHandle | undefined {
    const match = /^crt_([A-Za-z0-9_-]{1,64})\.(0|[1-9a-z][0-9a-z]{0,5})\.[A-Za-z0-9_-]{43}$/.exec(token);
    if (!match) return undefined;
    const handle = { family: match[1]!, generation: parseInt(match[2]!, 36) };
    return constantTimeEqual(this.of(appId, handle), token) ? handle : undefined;
  }
}
