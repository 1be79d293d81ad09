import type { OidcScope } from '../scopes/scope.types.ts';

/**
 * Claims that a client may have by name (C4; OpenID Connect Core §5.5): those that a scope of its own opens. Where MFA
 * protects that scope, it must be among `scopes` of the request: asked for, and at release granted, it has gone through
 * consent and its MFA. What else is asked for is left out, as Core §5.5.1 has it of every claim.
 */
export function openedClaims(
  known: readonly OidcScope[],
  allowed: readonly string[],
  scopes: ReadonlySet<string>,
): Set<string> {
  const opening = known.filter(({ name, mfa }) => allowed.includes(name) && (!mfa || scopes.has(name)));
  return new Set(opening.flatMap(({ claims }) => claims));
}
