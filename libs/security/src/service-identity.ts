import type { ServiceName } from '@countersign/contracts';
import { type Clock, uuidv7 } from '@countersign/kernel';
import { signJwt } from './jwt-sign.ts';
import { verifyJwt } from './jwt-verify.ts';
import type { PrivateJwk, PublicJwk, SigningKey } from './keys.ts';
import { decodeUnverified, TokenInvalid } from './token-parts.ts';

/** A service's public key in `services.jwks.json`. */
export type ServicePublicJwk = PublicJwk & { kid: string; service: ServiceName };

export interface ServiceJwks {
  keys: ServicePublicJwk[];
}

const TYP = 'countersign-service+jwt';
const ALG = 'EdDSA';
const LIFETIME_SECONDS = 60;

/** Who this service is to the others, and who the others are to it. */
export class ServiceIdentity {
  private readonly name: ServiceName;
  private readonly key: SigningKey;
  private readonly keys: ServicePublicJwk[];
  private readonly clock: Clock;

  /** Throws if the private key has no counterpart of this service's name among the public ones. */
  constructor(opts: { name: ServiceName; privateJwk: PrivateJwk; servicesJwks: ServiceJwks; clock: Clock }) {
    const own = opts.servicesJwks.keys.find(
      (key) => key.service === opts.name && key.x === opts.privateJwk.x,
    );
    if (!own || own.crv !== 'Ed25519')
      throw new Error(`the service key of ${opts.name} is not in the services' JWKS`);
    this.name = opts.name;
    this.key = { kid: own.kid, alg: ALG, privateJwk: opts.privateJwk };
    this.keys = opts.servicesJwks.keys;
    this.clock = opts.clock;
  }

  /** A token by which `audience`, and no other service, knows us for 60 seconds. */
  issue(audience: ServiceName): Promise<string> {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const claims = {
      iss: this.name,
      aud: audience,
      iat,
      exp: iat + LIFETIME_SECONDS,
      jti: uuidv7(this.clock),
    };
    return signJwt(this.key, { typ: TYP }, claims);
  }

  /** Which of `allowedCallers` presents `token` to us. Throws TokenInvalid. */
  async verify(token: string, allowedCallers: readonly ServiceName[]): Promise<{ caller: ServiceName }> {
    const { iss } = decodeUnverified(token).claims;
    const caller = allowedCallers.find((name) => name === iss);
    if (!caller) throw new TokenInvalid('iss');
    const claims = await verifyJwt(token, {
      keys: this.keys.filter((key) => key.service === caller),
      algorithms: [ALG],
      typ: TYP,
      issuer: caller,
      audience: this.name,
      now: this.clock.now(),
    });
    const { iat, exp, jti, aud } = claims;
    if (typeof aud !== 'string' || typeof jti !== 'string') throw new TokenInvalid('claims');
    if (typeof iat !== 'number' || (exp as number) - iat > LIFETIME_SECONDS) throw new TokenInvalid('exp');
    return { caller };
  }
}
