import type { Facts } from './facts.types.ts';
import type { ShownProof } from './proof.types.ts';

/**
 * What a registration shows of its user, as proofs of a login: the login whose token opened it, as it was; else the
 * application that granted it, and the passkey that was made, whose maker was there to make it.
 */
export function loginProofs({ proofs, enrolled }: Pick<Facts, 'proofs' | 'enrolled'>): ShownProof[] {
  const opened = proofs.find(({ factor }) => factor === 'grant');
  if (opened?.reference.startsWith('access:')) return [opened];
  const made = proofs.find(({ factor }) => factor === 'passkey:reg');
  const verifies = enrolled.find(({ factor }) => factor === 'passkey')?.acr === 'aal2';
  return [
    ...(opened?.reference.startsWith('grant:')
      ? [{ ...opened, factor: 'external' as const, amr: ['ext'] }]
      : []),
    ...(made
      ? [
          {
            ...made,
            factor: 'passkey' as const,
            acr: verifies ? ('aal2' as const) : ('aal1' as const),
            amr: ['pop', 'user'],
            categories: verifies
              ? (['possession', 'inherence'] as const).slice()
              : (['possession'] as const).slice(),
          },
        ]
      : []),
  ];
}

/** Whether the flow is a registration that was not opened by a login. */
export const isNewcomer = ({ proofs }: Pick<Facts, 'proofs'>): boolean =>
  proofs.some(({ factor, reference }) => factor === 'grant' && !reference.startsWith('access:'));

/** Whether the flow is a registration. */
export const isRegistration = ({ proofs }: Pick<Facts, 'proofs'>): boolean =>
  proofs.some(({ factor }) => factor === 'grant');
