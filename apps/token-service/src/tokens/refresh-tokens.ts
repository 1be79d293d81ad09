import { createHmac } from 'node:crypto';
import { constantTimeEqual, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** Which refresh token of which family of tokens. */
export interface RefreshHandle {
  family: string;
  generation: number;
}

const payload = z.strictObject({
  aud: z.string(),
  jti: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  gen: z.int().min(0).max(0x7fff_fffe),
  exp: z.int(),
});

const encoded = (part: object): string => Buffer.from(JSON.stringify(part), 'utf8').toString('base64url');
const HEADER = encoded({ alg: 'HS256', typ: 'rt+jwt' });

/**
 * Refresh tokens: opaque to clients, 256 bits of HMAC that nobody but this service can make or check. They have the
 * shape of a JWT because LoginID's SDK reads `exp` of whatever it is given (contracts §1.7). They are derived and
 * recognised, never stored, not even as hashes: a repeat yields the same one, a guess costs no query, and a token of
 * any age still names the family it was stolen from (ADR 0021).
 */
@Injectable()
export class RefreshTokens {
  readonly #secret: Uint8Array;

  constructor(vault: Vault) {
    this.#secret = vault.derive('refresh-tokens');
  }

  /** The refresh token of that generation; `until`, in seconds since the epoch, is the end of its family. */
  of(appId: string, { family, generation }: RefreshHandle, until: number): string {
    const text = `${HEADER}.${encoded({ aud: appId, jti: family, gen: generation, exp: until })}`;
    return `${text}.${this.mac(text)}`;
  }

  /** Which one `token` is, or undefined if it is none of this application. Says nothing of whether it still holds. */
  read(appId: string, token: string): RefreshHandle | undefined {
    const at = token.lastIndexOf('.');
    const text = token.slice(0, at);
    if (!text.startsWith(`${HEADER}.`) || !constantTimeEqual(this.mac(text), token.slice(at + 1)))
      return undefined;
    const { aud, jti, gen } = payload.parse(
      JSON.parse(Buffer.from(text.slice(HEADER.length + 1), 'base64url').toString('utf8')),
    );
    return aud === appId ? { family: jti, generation: gen } : undefined;
  }

  private mac(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}
