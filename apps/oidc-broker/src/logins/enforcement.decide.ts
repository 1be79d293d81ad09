import { ACR_LADDER, type Acr } from '@countersign/contracts';
import type { MfaDemand } from '../clients/client.types.ts';
import type { Proof } from './login.types.ts';

/** How far clocks of our own machines may differ. */
const SKEW_SECONDS = 10;

const newest = (proofs: readonly Proof[]): Proof | undefined =>
  proofs.reduce<Proof | undefined>((best, proof) => (best && best.at >= proof.at ? best : proof), undefined);

/**
 * What let the user in: the newest password or passkey. An image passcode is none (the second factor of an application is
 * no login), and neither is MFA by itself (ST-09).
 */
export const firstFactorOf = (proofs: readonly Proof[]): Proof | undefined =>
  newest(proofs.filter(({ factor }) => factor === 'password' || factor === 'passkey'));

/** Whether a proof is at most `maxAge` seconds old; one from the future is none. */
const isYoung = (at: number, now: number, maxAge: number): boolean =>
  at <= now + SKEW_SECONDS && now - at <= maxAge;

/** Which request is asking: of which client, and what its proofs are marked with once it has led to a login. */
export interface Asking {
  clientId: string;
  requestId?: string | undefined;
}

const isOfRequest = (proof: Proof, { requestId }: Asking): boolean =>
  requestId !== undefined && proof.requestId === requestId;

/** C9: a remembered device stands in for MFA at one client, and only in the request that recognised it. */
const standsIn = (proof: Proof, asking: Asking): boolean =>
  proof.factor === 'device' && proof.clientId === asking.clientId && isOfRequest(proof, asking);

/**
 * Whether a client's MFA has yet to be shown (C1). A proof is of exactly that policy and, where the client says how old
 * it may be, young enough or shown for this very request (0: only that); else it counts as long as the session that holds
 * it. `now` in seconds since the epoch.
 */
export function mfaDue(
  demand: MfaDemand | undefined,
  proofs: readonly Proof[],
  now: number,
  asking: Asking,
): boolean {
  if (!demand) return false;
  const { policy, maxAgeSeconds = Number.POSITIVE_INFINITY } = demand;
  return !proofs.some((proof) => {
    if (proof.policy !== policy) return false;
    if (proof.factor !== 'mfa') return standsIn(proof, asking);
    return isOfRequest(proof, asking) || (maxAgeSeconds > 0 && isYoung(proof.at, now, maxAgeSeconds));
  });
}

/** Policies that were satisfied when something was issued: it is renewed only while they do (ST-08). */
export interface Satisfied {
  mfa: string[];
  /** By a remembered device: at the client, never for a scope. */
  device: string[];
}

export function satisfiedBy(proofs: readonly Proof[], asking: Asking): Satisfied {
  const policies = (of: (proof: Proof) => boolean) => [
    ...new Set(proofs.filter(of).flatMap(({ policy }) => policy ?? [])),
  ];
  return {
    mfa: policies(({ factor }) => factor === 'mfa'),
    device: policies((proof) => standsIn(proof, asking)),
  };
}

/**
 * Which of the scopes wait for MFA (C4). Without `maxAgeSeconds` (or 0) a scope asks at each consent: only MFA shown for
 * this very consent counts, that of the interaction `consentUid`. Otherwise any MFA of its policy that is young enough.
 * A remembered device never counts.
 */
export function scopesDue(
  scopes: readonly { name: string; mfa?: MfaDemand | undefined }[],
  proofs: readonly Proof[],
  now: number,
  consentUid?: string,
): string[] {
  const isShown = ({ policy, maxAgeSeconds = 0 }: MfaDemand) =>
    proofs.some(
      (proof) =>
        proof.factor === 'mfa' &&
        proof.policy === policy &&
        ((consentUid !== undefined && proof.consentUid === consentUid) ||
          (maxAgeSeconds > 0 && isYoung(proof.at, now, maxAgeSeconds))),
    );
  return scopes.filter(({ mfa }) => mfa && !isShown(mfa)).map(({ name }) => name);
}

const rank = (acr: Acr): number => ACR_LADDER.indexOf(acr);

/** Categories (NIST SP 800-63B-4 §2.2) that methods of RFC 8176 are of. */
const CATEGORY: Readonly<Record<string, 'knowledge' | 'possession' | 'inherence'>> = {
  pwd: 'knowledge',
  pin: 'knowledge',
  kba: 'knowledge',
  sms: 'possession',
  hwk: 'possession',
  swk: 'possession',
  fpt: 'inherence',
  face: 'inherence',
};

/**
 * What the proofs amount to in tokens: the highest assurance that one of them says (a decision of the orchestrator has
 * weighed what it was told of), and every method named by one; `mfa` where they are of two categories. A remembered
 * device adds nothing.
 */
export function assuranceOf(proofs: readonly Proof[]): { acr: Acr; amr: string[] } {
  const shown = proofs.filter(({ factor }) => factor !== 'device');
  const acr = shown.reduce<Acr>((best, proof) => (rank(proof.acr) > rank(best) ? proof.acr : best), 'aal1');
  const amr = new Set(shown.flatMap((proof) => proof.amr));
  const categories = new Set([...amr].map((method) => CATEGORY[method]).filter((one) => one !== undefined));
  if (categories.size > 1) amr.add('mfa');
  return { acr, amr: [...amr] };
}

/** Whether `acr` is at least `wanted`; of a value nobody here issues, never. */
export const reaches = (acr: Acr, wanted: string): boolean =>
  ACR_LADDER.includes(wanted as Acr) && rank(acr) >= rank(wanted as Acr);
