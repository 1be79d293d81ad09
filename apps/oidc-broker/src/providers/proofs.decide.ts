import type { Proof } from '../logins/login.types.ts';

const kindOf = ({ factor, policy = '', clientId = '' }: Proof): string =>
  JSON.stringify([factor, policy, clientId]);

/** A session's proofs with what was shown now: the newest of each kind. */
export function mergedProofs(known: readonly Proof[], shown: readonly Proof[]): Proof[] {
  const newest = new Map<string, Proof>();
  for (const proof of [...known, ...shown]) {
    const before = newest.get(kindOf(proof));
    if (!before || before.at <= proof.at) newest.set(kindOf(proof), proof);
  }
  return [...newest.values()];
}
