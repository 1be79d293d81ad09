import type { OidcClient } from '../clients/client.types.ts';
import type { Satisfied } from '../logins/enforcement.decide.ts';
import type { OidcScope } from '../scopes/scope.types.ts';

/** What was issued, and what has been satisfied by then; of what is older than this record, nothing was. */
export interface Issued {
  scopes: ReadonlySet<string>;
  satisfied?: Satisfied | undefined;
}

const NOTHING: Satisfied = { mfa: [], device: [] };

/** Without these what was issued has no ground left: nobody is told of, or it should have ended with the session. */
const GROUNDS = ['openid', 'offline_access'];

/**
 * Scopes of what was issued that may not go on (ST-08): the client may not ask for them now, there are none of that name,
 * or they ask for MFA of a policy that was not satisfied then. How old that MFA is counts for authorization requests alone.
 */
export function fallenScopes(
  { scopes, satisfied = NOTHING }: Issued,
  client: Pick<OidcClient, 'scopes'>,
  known: readonly Pick<OidcScope, 'name' | 'mfa'>[],
): string[] {
  const goesOn = (name: string): boolean => {
    const scope = known.find((one) => one.name === name);
    if (!scope || !client.scopes.includes(name)) return false;
    return !scope.mfa || satisfied.mfa.includes(scope.mfa.policy);
  };
  return [...scopes].filter((name) => !goesOn(name));
}

/** Why a refresh token does not work now; undefined: it does, without the scopes that have `fallen`. */
export function refreshRefusal(
  { scopes, satisfied = NOTHING }: Issued,
  { mfa }: Pick<OidcClient, 'mfa'>,
  fallen: readonly string[],
): string | undefined {
  if (mfa && ![...satisfied.mfa, ...satisfied.device].includes(mfa.policy))
    return 'the client asks for MFA that was not shown';
  const lost = GROUNDS.find((name) => fallen.includes(name));
  if (lost !== undefined) return `the scope ${lost} may not be given now`;
  return fallen.length === scopes.size ? 'no scope is left' : undefined;
}
