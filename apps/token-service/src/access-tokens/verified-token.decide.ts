import { proofCategory, type VerifiedToken } from '@countersign/contracts';
import { GRANT_TYP } from '../grant-tokens/grant-claims.decide.ts';
import { asAcr } from '../tokens/claims.decide.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
const seconds = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);

/** What the other services are told of a token whose `claims` were verified. */
export function verifiedOf(
  typ: string,
  claims: Record<string, unknown>,
  flowId: string | null,
): VerifiedToken {
  const isGrant = typ === GRANT_TYP;
  return {
    kind: isGrant ? 'grant' : 'access',
    userId: text(claims.sub),
    username: text(claims.username),
    scopes: texts(claims.scopes),
    acr: asAcr(claims.acr),
    amr: texts(claims.amr),
    authTime: seconds(claims.auth_time),
    exp: Math.floor(claims.exp as number),
    jti: text(claims.jti),
    ...(flowId !== null && { flowId }),
    ...(isGrant && { keyId: text(claims.keyId), category: proofCategory.parse(claims.category) }),
  };
}
