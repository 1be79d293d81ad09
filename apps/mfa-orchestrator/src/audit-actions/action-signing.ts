import { signDetached, type PrivateJwk, type PublicJwk, type SigningKey } from '@countersign/security';
import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';

/** `typ` of the signature under what this service puts on the audit topic: never taken for a service token. */
const ACTION_TYP = 'mfa-audit-action+jws';

/** The orchestrator's public keys: what they signed was POSTed with a key of the application, so it is trusted. */
export const ownPublicKeys = ({ servicesJwks }: Pick<ServiceConfig, 'servicesJwks'>): PublicJwk[] =>
  (servicesJwks.keys as (PublicJwk & { service: string })[]).filter(
    ({ service }) => service === 'mfa-orchestrator',
  );

/** Signs what this service puts on the audit topic, so that it passes where an application demands signatures. */
@Injectable()
export class ActionSigner {
  private readonly key: SigningKey;

  /** Throws if the service key's public half is not among the services' keys. */
  constructor(@InjectConfig() config: ServiceConfig) {
    const privateJwk = config.serviceKey as PrivateJwk;
    const kid = ownPublicKeys(config).find(({ x }) => x === privateJwk.x)?.kid;
    if (kid === undefined) throw new Error('the service key is not in services.jwks.json');
    this.key = { kid, alg: 'EdDSA', privateJwk };
  }

  /** A detached JWS (RFC 7515 appendix F) over `payload`. */
  sign(payload: string): Promise<string> {
    return signDetached(this.key, payload, { typ: ACTION_TYP });
  }
}
