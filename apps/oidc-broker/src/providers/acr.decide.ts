import { ACR_LADDER, type Acr } from '@countersign/contracts';
import { reaches } from '../logins/enforcement.decide.ts';

/** The parameters that say which acr is wanted. */
export interface AcrRequest {
  acrValues: string | undefined;
  /** The `acr` member of `claims.id_token`. */
  claim: { essential?: unknown; value?: unknown; values?: unknown } | null | undefined;
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
    if (values.length === 0) return [];
    const ours = values.filter(isOurs);
    return ours.length === 0 ? 'impossible' : ours;
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
