/** Scopes (by spaces) and claims, as the provider's grants keep them. */
export interface GrantedSet {
  scope?: string | undefined;
  claims?: string[] | undefined;
}

const wordsOf = (scope: string | undefined): string[] =>
  (scope ?? '').split(' ').filter((word) => word !== '');

const setOf = (scopes: string[], claims: string[]): GrantedSet => ({
  ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  ...(claims.length > 0 && { claims }),
});

/** What came of asking: everything that was asked about stands in one of the lists. */
export interface Settled {
  granted: readonly string[];
  rejected: readonly string[];
  claims: readonly string[];
  isClaimsGranted: boolean;
}

/**
 * A grant after it was asked about some scopes and claims: the newest answer to each counts. Grants of the provider only
 * ever add, and what was rejected once would stay rejected.
 */
export function settleScopes(
  granted: GrantedSet,
  rejected: GrantedSet,
  asked: Settled,
): { granted: GrantedSet; rejected: GrantedSet } {
  const [yes, no] = asked.isClaimsGranted ? [asked.claims, []] : [[], asked.claims];
  const moved = (before: readonly string[], less: readonly string[], more: readonly string[]) => [
    ...new Set([...before.filter((one) => !less.includes(one)), ...more]),
  ];
  return {
    granted: setOf(
      moved(wordsOf(granted.scope), asked.rejected, asked.granted),
      moved(granted.claims ?? [], no, yes),
    ),
    rejected: setOf(
      moved(wordsOf(rejected.scope), asked.granted, asked.rejected),
      moved(rejected.claims ?? [], yes, no),
    ),
  };
}
