import { PLATFORM_APP } from '@countersign/contracts';
import { type Clock, randomToken } from '@countersign/kernel';
import { constantTimeEqual, sha256, TokenInvalid, verifyJwt } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ADMIN_CALLBACK, ADMIN_CLIENT_ID } from '../clients/built-in.ts';
import { authorizationAddress } from '../clients/own-authorization.decide.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import { isMultiFactor } from './multi-factor.decide.ts';

/** A sign-in under way, as the browser that began it keeps it, sealed. */
const attempt = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  origin: z.string(),
  /** Seconds since the epoch. */
  exp: z.int(),
});
type Attempt = z.infer<typeof attempt>;

export const ATTEMPT_SECONDS = 600;
const tokens = z.looseObject({ id_token: z.string() });

/** Signs administrators in, by the same code flow as any client's. */
@Injectable()
export class AdminSignIn {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly keys: SigningKeyService,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Where to send the browser, and what it is to keep. */
  begin(origin: string): { address: string; attempt: Attempt } {
    const [state, nonce, verifier] = [randomToken(), randomToken(), randomToken()];
    const address = authorizationAddress({
      ...{ origin, appId: PLATFORM_APP, clientId: ADMIN_CLIENT_ID, callback: ADMIN_CALLBACK },
      ...{ codeChallenge: sha256(verifier), state, nonce },
    });
    return { address, attempt: { state, nonce, verifier, origin, exp: this.now() + ATTEMPT_SECONDS } };
  }

  /** The user's id; undefined where this answer is not of this browser's sign-in, or shows one factor only. */
  async finish(kept: unknown, answer: Record<string, unknown>): Promise<string | undefined> {
    const begun = attempt.safeParse(kept).data;
    const { code, state, iss } = answer;
    if (!begun || begun.exp <= this.now()) return undefined;
    if (typeof state !== 'string' || !constantTimeEqual(state, begun.state)) return undefined;
    const issuer = `${begun.origin}/oidc/${PLATFORM_APP}`;
    if (iss !== issuer || typeof code !== 'string') return undefined;
    const idToken = await this.redeem(begun, code);
    return idToken === undefined ? undefined : this.subjectOf(idToken, issuer, begun.nonce);
  }

  /** At the token endpoint, through this process's own door: there is no address to reach and none to trust. */
  private async redeem({ origin, verifier }: Attempt, code: string): Promise<string | undefined> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    const answer = await fastify.inject({
      method: 'POST',
      url: `/oidc/${PLATFORM_APP}/token`,
      headers: { host: new URL(origin).host, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: ADMIN_CLIENT_ID,
        redirect_uri: origin + ADMIN_CALLBACK,
        code_verifier: verifier,
        code,
      }).toString(),
    });
    return answer.statusCode === 200 ? tokens.parse(answer.json()).id_token : undefined;
  }

  private async subjectOf(idToken: string, issuer: string, nonce: string): Promise<string | undefined> {
    const keys = await this.keys.verifying(PLATFORM_APP);
    try {
      const claims = await verifyJwt(idToken, {
        ...{ keys, algorithms: ['EdDSA'], typ: undefined },
        ...{ issuer, audience: ADMIN_CLIENT_ID, now: this.clock.now() },
      });
      // C5: the client's policy asked for it; said again here, because the alternative would be to show the page
      if (claims.nonce !== nonce || !isMultiFactor(claims.amr)) return undefined;
      return typeof claims.sub === 'string' ? claims.sub : undefined;
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }

  private now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }
}
