import { type Outcome, type Subject, subjectDigest } from '@countersign/contracts';
import type { SeenJti } from '@countersign/kernel';
import { type JWTPayload, jwtVerify } from 'jose';
import { DecisionRefused, refusalOf } from './decision-refused.ts';
import { type KeySource, keysFrom } from './decision-keys.ts';

/** What a verified decision says. Times are seconds since the epoch. */
export interface DecisionClaims extends JWTPayload {
  iss: string;
  /** Your application. */
  aud: string;
  /** Id of the user (not the username). */
  sub: string;
  jti: string;
  iat: number;
  exp: number;
  outcome: Outcome;
  subject_digest: string;
  challenge_id?: string;
  flow_id?: string;
  audit_action_id?: string;
  transaction_ids?: string[];
  /** How the user proved themselves (RFC 8176), and how far that reaches. */
  amr?: string[];
  acr?: string;
}

/** What you parked: the subject itself, exactly as you sent it, or its digest if that is what you kept. */
export type Parked = { subject: Subject } | { subjectDigest: string };

export type VerifyDecisionOptions = KeySource &
  Parked & {
    /** The compact JWS from `mfa.decision.made.v1`, `GET /v1/challenges/{id}` or `payloadSignature`. */
    decision: string;
    /** Your application's id; compared without case. */
    appId: string;
    /** Remembers which decisions were used; see {@link SeenJti}. */
    seenJti: SeenJti;
    /** Demanded as `iss` where given. */
    issuer?: string;
    /** How far your clock may be behind, in seconds; 0 unless given, at most 60. */
    clockToleranceSeconds?: number;
    /** The current time; the machine's unless given. */
    now?: Date;
  };

const RELEASING: readonly unknown[] = ['allowed', 'not-required'] satisfies Outcome[];

/**
 * Everything a host checks before it releases what it parked, in this order: signature (EdDSA, key of the
 * application), `typ`, `aud`, `exp`, `outcome` allowed or not-required, the digest of the subject, and last that
 * the `jti` was never used: so a decision is only used up by the subject it is about.
 *
 * Returns the claims. Throws {@link DecisionRefused} with a `reason` if anything does not hold: a caller who
 * forgets to look at an answer must not release. What is no verdict about the decision (keys cannot be fetched, the
 * store fails) throws its own error; nothing may be released then either.
 */
export async function verifyDecision(options: VerifyDecisionOptions): Promise<DecisionClaims> {
  const expected = await expectedDigest(options);
  const claims = await signedClaims(options);
  if (!RELEASING.includes(claims.outcome))
    throw new DecisionRefused('outcome', `the outcome is ${claims.outcome}`);
  if (claims.subject_digest !== expected) throw new DecisionRefused('subject', 'it is about something else');
  const expiresAt = new Date((claims.exp + tolerance(options)) * 1000);
  // `!== false`: a store that answers nothing has not said that the jti is new.
  if ((await options.seenJti(claims.jti, expiresAt)) !== false)
    throw new DecisionRefused('replay', 'it was used before');
  return claims;
}

async function signedClaims(options: VerifyDecisionOptions): Promise<DecisionClaims> {
  try {
    const { payload } = await jwtVerify<DecisionClaims>(options.decision, keysFrom(options), {
      algorithms: ['EdDSA'],
      typ: 'mfa-decision+jwt',
      audience: options.appId.toLowerCase(),
      issuer: options.issuer,
      requiredClaims: ['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'outcome', 'subject_digest'],
      clockTolerance: tolerance(options),
      currentDate: options.now,
    });
    // jose accepts a list of audiences; a decision is for one application only.
    if (typeof payload.aud !== 'string') throw new DecisionRefused('audience', 'it has several audiences');
    if (typeof payload.jti !== 'string' || payload.jti === '')
      throw new DecisionRefused('malformed', 'its jti is empty');
    return payload;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** The digest that must stand in the decision. Throws TypeError if the caller said nothing to compare with. */
async function expectedDigest(parked: Parked): Promise<string> {
  const given = 'subject' in parked ? await subjectDigest(parked.subject) : parked.subjectDigest;
  if (typeof given !== 'string' || given === '') throw new TypeError('subject or subjectDigest is needed');
  return given;
}

const tolerance = (options: VerifyDecisionOptions): number =>
  Math.min(Math.max(options.clockToleranceSeconds ?? 0, 0), 60);
