import type { GivenProof } from '@countersign/contracts';
import type { ShownProof } from '../flows/proof.types.ts';

/** A proof of a passkey as a login of ours kept it. */
export interface PasskeyProofRow {
  flowId: string;
  reference: string;
  acr: ShownProof['acr'];
  amr: string[];
  categories: ShownProof['categories'];
  shownAt: Date;
}

/** RFC 8176: what each first factor of oidc-broker is called. */
const AMR = { password: ['pwd'], 'image-passcode': ['kba'] } as const;

/** Clocks of two machines: nothing is believed to have happened later than that many seconds from now. */
const AHEAD_SECONDS = 10;

/**
 * What was shown before a flow began, as proofs of it. A password and a passcode are something known, whatever else they
 * look like (one category, aal1). A passkey is worth what it was worth where it was shown; one that is not among `passkeys`
 * (another user's, removed, suspect, a flow that did not end well) is nothing.
 */
export function givenProofs(given: GivenProof[], passkeys: PasskeyProofRow[], now: Date): ShownProof[] {
  return given.flatMap((one): ShownProof[] => {
    if (one.factor === 'passkey')
      return passkeys
        .filter(({ flowId }) => flowId === one.flowId)
        .map(({ flowId: _, ...row }) => ({ ...row, factor: 'passkey', authenticatedAt: row.shownAt }));
    const at = new Date(one.at * 1000);
    if (at.getTime() > now.getTime() + AHEAD_SECONDS * 1000) return [];
    return [
      {
        factor: one.factor,
        reference: one.factor,
        acr: 'aal1',
        amr: [...AMR[one.factor]],
        categories: ['knowledge'],
        shownAt: now,
        authenticatedAt: at,
      },
    ];
  });
}
