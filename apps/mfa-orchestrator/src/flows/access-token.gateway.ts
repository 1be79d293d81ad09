import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Clock } from '@countersign/kernel';
import {
  ServiceUnavailable,
  decodeUnverified,
  TokenInvalid,
  verifyJwt,
  type PublicJwk,
  ServiceClient,
} from '@countersign/security';

const FRESH_MS = 30_000;
/** How soon the keys are asked for again when a token names one nobody knows (RP-10: guesses must not become load). */
const AGAIN_MS = 5_000;

/** Verifies access tokens of an application by the keys token-service publishes. */
@Injectable()
export class AccessTokenGateway {
  private readonly keys = new Map<string, { keys: PublicJwk[]; at: number }>();

  constructor(
    private readonly client: ServiceClient,
    @InjectClock() private readonly clock: Clock,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** The user the token was issued for, or undefined if it is not a valid access token of this application. */
  async userOf(appId: string, token: string): Promise<string | undefined> {
    try {
      const claims = await verifyJwt(token, {
        keys: await this.keysOf(appId, decodeUnverified(token).header.kid),
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer: `${this.config.publicUrl}/apps/${appId}`,
        audience: appId,
        now: this.clock.now(),
      });
      return typeof claims.sub === 'string' ? claims.sub : undefined;
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }

  private async keysOf(appId: string, kid: unknown): Promise<PublicJwk[]> {
    const now = this.clock.now().getTime();
    const known = this.keys.get(appId);
    const patience = known?.keys.some((key) => key.kid === kid) ? FRESH_MS : AGAIN_MS;
    if (known && now - known.at < patience) return known.keys;
    const { status, body } = await this.client.call('token-service', {
      method: 'GET',
      path: `/apps/${encodeURIComponent(appId)}/fido2/v2/.well-known/jwks.json`,
    });
    if (status !== 200) throw new ServiceUnavailable('token-service', `answered ${status}`);
    const { keys } = body as { keys: PublicJwk[] };
    if (this.keys.size >= 1_000) this.keys.clear();
    this.keys.set(appId, { keys, at: now });
    return keys;
  }
}
