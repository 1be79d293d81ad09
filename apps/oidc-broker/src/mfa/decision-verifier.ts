import { type Acr, acrValue } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { type PublicJwk, ServiceUnavailable, TokenInvalid, verifyJwt } from '@countersign/security';
import { InjectClock, InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { jwksAnswer } from './mfa-answers.ts';
import type { MfaState } from './mfa.types.ts';
import { OrchestratorDoor } from './orchestrator-door.ts';

const claimsOf = z.object({
  sub: z.string(),
  challenge_id: z.string(),
  flow_id: z.string(),
  subject_digest: z.string(),
  outcome: z.string(),
  acr: acrValue,
  amr: z.array(z.string()),
});

/** What an allowed decision says of how the user proved themselves. */
export interface Decided {
  acr: Acr;
  amr: string[];
}

/** Keys are asked for again after that long, or for a `kid` nobody knows, but then not more often than this. */
const FRESH_MS = 60_000;
const COOL_DOWN_MS = 5_000;

/**
 * Verifies the orchestrator's decisions (ADR 0030). Nothing else lets a user on: not a status, not an event, not what a page
 * sent. A decision counts for exactly the challenge, flow, user and subject this login began.
 */
@Injectable()
export class DecisionVerifier {
  private readonly keys = new LRUCache<string, { at: number; keys: PublicJwk[] }>({ max: 1000 });

  constructor(
    private readonly door: OrchestratorDoor,
    @InjectClock() private readonly clock: Clock,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** What the decision says, or undefined where it is not an allowing one about `state`. Throws ServiceUnavailable. */
  async verify(appId: string, state: MfaState, decision: string): Promise<Decided | undefined> {
    const claims = claimsOf.safeParse(await this.claims(appId, decision));
    if (!claims.success) return undefined;
    const { sub, outcome, acr, amr, ...about } = claims.data;
    const fits =
      outcome === 'allowed' &&
      sub === state.userId &&
      about.challenge_id === state.challengeId &&
      about.flow_id === state.flowId &&
      about.subject_digest === state.subjectDigest;
    return fits ? { acr, amr } : undefined;
  }

  private async claims(appId: string, decision: string): Promise<unknown> {
    const check = (keys: PublicJwk[]) =>
      verifyJwt(decision, {
        keys,
        algorithms: ['EdDSA'],
        typ: 'mfa-decision+jwt',
        audience: appId,
        issuer: `${this.config.publicUrl}/apps/${appId}`,
        // two machines' clocks
        clockToleranceSeconds: 10,
        now: this.clock.now(),
      });
    try {
      return await check(await this.keysOf(appId, FRESH_MS)).catch(async (error: unknown) => {
        if (!(error instanceof TokenInvalid)) throw error;
        return check(await this.keysOf(appId, COOL_DOWN_MS));
      });
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }

  /** The application's decision keys, not older than `maxAgeMs` of this machine's monotonic clock. */
  private async keysOf(appId: string, maxAgeMs: number): Promise<PublicJwk[]> {
    const now = performance.now();
    const known = this.keys.get(appId);
    if (known && now - known.at < maxAgeMs) return known.keys;
    const { status, body } = await this.door.publicly(appId, {
      method: 'GET',
      path: '/v1/decisions/jwks.json',
    });
    const parsed = status === 200 ? jwksAnswer.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('mfa-orchestrator', `answered ${status} about its keys`);
    const keys = parsed.data.keys as PublicJwk[];
    this.keys.set(appId, { at: now, keys });
    return keys;
  }
}
