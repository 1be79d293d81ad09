import { ACR_LADDER, type Acr } from '@countersign/contracts';
import { assuranceOf, reaches } from '../logins/enforcement.decide.ts';
import type { Proof } from '../logins/login.types.ts';

/** The parameters that say which acr is wanted. */
export interface AcrRequest {
  acrValues: string | undefined;
  /** The `acr` member of `claims.id_token`. */
  claim: { essential?: unknown; value?: unknown; values?: unknown } | null | undefined;
}

/**
 * What a request says of acr, as it came. What the provider makes of it is not looked at: there, acr_values take the place
 * of an essential claim (ST-15). Claims that cannot be read were refused before.
 */
export function acrRequestOf(params: Readonly<Record<string, unknown>>): AcrRequest {
  const { acr_values: acrValues, claims } = params;
  return { acrValues: typeof acrValues === 'string' ? acrValues : undefined, claim: acrClaimOf(claims) };
}

function acrClaimOf(claims: unknown): AcrRequest['claim'] {
  let parsed: unknown = claims;
  try {
    if (typeof claims === 'string') parsed = JSON.parse(claims);
  } catch {
    return undefined;
  }
  return (parsed as { id_token?: { acr?: AcrRequest['claim'] } | null } | null | undefined)?.id_token?.acr;
}

const isOurs = (value: unknown): value is Acr => ACR_LADDER.includes(value as Acr);

const valuesOf = ({ value, values }: NonNullable<AcrRequest['claim']>): unknown[] =>
  value === undefined ? (Array.isArray(values) ? values : []) : [value];

/**
 * Values of which one must be reached: those of an essential claim, else those of acr_values that are ours. Values that
 * nobody here issues can be wished for (acr_values) but not demanded: `impossible` where they are (OpenID Connect Core
 * §5.5.1.1).
 */
export function wantedAcr({ acrValues, claim }: AcrRequest): readonly Acr[] | 'impossible' {
  if (claim?.essential === true) {
    const values = valuesOf(claim);
    const ours = values.filter(isOurs);
    // one that names no value asks that there be one: acr_values may still say which
    if (values.length > 0) return ours.length === 0 ? 'impossible' : ours;
  }
  return (acrValues ?? '').split(' ').filter(isOurs);
}

/**
 * What a token says: the highest wanted value that was reached, or undefined where none was. Where nothing in particular
 * is wanted, what was reached.
 */
export function statedAcr(wanted: readonly Acr[], reached: Acr | undefined): Acr | undefined {
  if (wanted.length === 0 || reached === undefined) return reached;
  return wanted
    .filter((value) => reaches(reached, value))
    .sort((one, other) => ACR_LADDER.indexOf(other) - ACR_LADDER.indexOf(one))[0];
}

/** What a login said it amounted to. */
interface Said {
  acr?: string | undefined;
  amr?: string[] | undefined;
}

/**
 * What a session amounts to now: what its last login said (one that was asked for anew says what was shown then, security
 * 17), and never more than the proofs that are left of it (ST-17).
 */
export function reachedBy({ acr, amr }: Said, proofs: readonly Proof[]): { acr?: Acr; amr?: string[] } {
  const left = assuranceOf(proofs);
  return {
    ...(acr !== undefined && { acr: reaches(left.acr, acr) ? (acr as Acr) : left.acr }),
    ...(amr && { amr: amr.filter((method) => left.amr.includes(method)) }),
  };
}
