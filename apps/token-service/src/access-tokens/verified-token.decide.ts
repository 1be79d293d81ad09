import { proofCategory, type VerifiedToken } from '@countersign/contracts';
import { asAcr } from '../tokens/claims.decide.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
const seconds = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);

/** What the other services are told of a token whose `claims` were verified. */
export function verifiedOf(
  kind: VerifiedToken['kind'],
  claims: Record<string, unknown>,
  flowId: string | null,
): VerifiedToken {
  return {
    kind,
    userId: text(claims.sub),
    username: text(claims.username),
    scopes: texts(claims.scopes),
    acr: asAcr(claims.acr),
    amr: texts(claims.amr),
    authTime: seconds(claims.auth_time),
    exp: Math.floor(claims.exp as number),
    jti: text(claims.jti),
    ...(flowId !== null && { flowId }),
    ...(kind === 'grant' && { keyId: text(claims.keyId), category: proofCategory.parse(claims.category) }),
  };
}
