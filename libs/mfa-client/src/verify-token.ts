import { type JWTPayload, jwtVerify } from 'jose';
import { DecisionRefused, refusalOf } from './decision-refused.ts';
import { type KeySource, keysFrom } from './decision-keys.ts';

export type VerifyTokenOptions = KeySource & {
  /** The compact JWS. */
  token: string;
  /** Your application's id; compared without case. */
  appId: string;
  /** Demanded as `iss` where given. */
  issuer?: string;
  /** The current time; the machine's unless given. */
  now?: Date;
};

/** What an access token says (contracts §1.10). Times are seconds since the epoch. */
export interface AccessClaims extends JWTPayload {
  /** Id of the user (not the username). */
  sub: string;
  username: string;
  scopes: string[];
  /** How the user proved themselves (RFC 8176), and how far that reaches. */
  amr: string[];
  acr: string;
  exp: number;
}

/** What the signature over a confirmed payload says. */
export interface PayloadClaims extends JWTPayload {
  sub: string;
  jti: string;
  flow_id: string;
  /** Exactly what the user confirmed. */
  payload: string;
  amr: string[];
  acr: string;
}

/**
 * An access token of a completed login, by the keys at `/fido2/v2/.well-known/jwks.json`: ES256, `typ` `at+jwt`, your
 * application as its one audience, not expired. Throws {@link DecisionRefused}. That it was not revoked since only the
 * server knows.
 */
export async function verifyAccessToken(options: VerifyTokenOptions): Promise<AccessClaims> {
  const claims = await verified<AccessClaims>(options, 'ES256', 'at+jwt', ['username', 'scopes']);
  if (claims.tokenType !== 'jwtAccess') throw new DecisionRefused('type', 'it is no access token');
  return claims;
}

/**
 * The signature over a payload that a user confirmed without a challenge, by the keys at `/v1/decisions/jwks.json`:
 * EdDSA, `typ` `mfa-payload+jwt`. `payload` is what you asked to be confirmed; any other is refused. It releases
 * nothing by itself twice: keep `jti` as you would of a decision. Throws {@link DecisionRefused}.
 */
export async function verifyPayloadSignature(
  options: VerifyTokenOptions & { payload: string },
): Promise<PayloadClaims> {
  const claims = await verified<PayloadClaims>(options, 'EdDSA', 'mfa-payload+jwt', ['jti', 'payload']);
  if (claims.payload !== options.payload) throw new DecisionRefused('subject', 'it is about something else');
  return claims;
}

async function verified<Claims extends JWTPayload>(
  options: VerifyTokenOptions,
  algorithm: 'ES256' | 'EdDSA',
  typ: string,
  more: string[],
): Promise<Claims> {
  try {
    const { payload } = await jwtVerify<Claims>(options.token, keysFrom(options), {
      algorithms: [algorithm],
      typ,
      audience: options.appId.toLowerCase(),
      ...(options.issuer !== undefined && { issuer: options.issuer }),
      requiredClaims: ['aud', 'sub', 'exp', ...more],
      ...(options.now && { currentDate: options.now }),
    });
    // jose accepts a list of audiences; a token is for one application only
    if (typeof payload.aud !== 'string') throw new DecisionRefused('audience', 'it has several audiences');
    return payload;
  } catch (error) {
    throw refusalOf(error);
  }
}
