/** Scopes (by spaces) and claims, as the provider's grants keep them. */
export interface GrantedSet {
  scope?: string | undefined;
  claims?: string[] | undefined;
}

const wordsOf = (scope: string | undefined): string[] =>
  (scope ?? '').split(' ').filter((word) => word !== '');

const without = (list: readonly string[], gone: readonly string[]): string[] =>
  list.filter((one) => !gone.includes(one));

const union = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one, ...other]),
];

const setOf = (scopes: string[], claims: string[]): GrantedSet => ({
  ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  ...(claims.length > 0 && { claims }),
});

/**
 * A grant after it was asked about some scopes and claims: the newest answer to each counts. Grants of the provider only
 * ever add, and what was rejected once would stay rejected.
 */
export function settleScopes(
  granted: GrantedSet,
  rejected: GrantedSet,
  asked: {
    granted: readonly string[];
    rejected: readonly string[];
    claims: readonly string[];
    isClaimsGranted: boolean;
  },
): { granted: GrantedSet; rejected: GrantedSet } {
  const [yes, no] = asked.isClaimsGranted ? [asked.claims, []] : [[], asked.claims];
  const sift = (
    before: GrantedSet,
    scopes: { more: readonly string[]; less: readonly string[] },
    claims: { more: readonly string[]; less: readonly string[] },
  ) =>
    setOf(
      union(without(wordsOf(before.scope), scopes.less), scopes.more),
      union(without(before.claims ?? [], claims.less), claims.more),
    );
  return {
    granted: sift(granted, { more: asked.granted, less: asked.rejected }, { more: yes, less: no }),
    rejected: sift(rejected, { more: asked.rejected, less: asked.granted }, { more: no, less: yes }),
  };
}
