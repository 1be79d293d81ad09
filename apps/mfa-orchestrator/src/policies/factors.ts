import { z } from 'zod';

/**
 * What a proof can be of: factors of ours, the application's own check, what oidc-broker has seen (its first factors), an
 * earlier login, a grant.
 */
export const FACTORS = [
  'external',
  'passkey',
  'otp:sms',
  'otp:email',
  'totp',
  'recovery',
  'password',
  'image-passcode',
  'login',
  'grant',
] as const;
export const factor = z.enum(FACTORS);
export type Factor = z.infer<typeof factor>;

/** Factors that no step of a flow shows: they stand in it from its beginning. */
export const GIVEN_FACTORS = ['password', 'image-passcode', 'login', 'grant'] as const satisfies Factor[];
const isGiven = (one: Factor): boolean => GIVEN_FACTORS.some((given) => given === one);

/** Whether a set of factors asks for one that is shown in the flow: what was given alone satisfies nothing. */
export const asksForMore = (way: Factor[]): boolean => way.some((one) => !isGiven(one));

/** Factors a user enrols with us. */
export const OWN_FACTORS = ['passkey', 'otp:sms', 'otp:email', 'totp', 'recovery'] as const;
export type OwnFactor = (typeof OWN_FACTORS)[number];

/** Steps that enrol a factor. */
export const ENROLMENTS = [
  'passkey:reg',
  'totp:enrol',
  'recovery:enrol',
  'email:enrol',
  'sms:enrol',
] as const;
export const enrolment = z.enum(ENROLMENTS);
export type Enrolment = z.infer<typeof enrolment>;

/** Which factor an enrolment brings. */
export const ENROLS: Record<Enrolment, OwnFactor> = {
  'passkey:reg': 'passkey',
  'totp:enrol': 'totp',
  'recovery:enrol': 'recovery',
  'email:enrol': 'otp:email',
  'sms:enrol': 'otp:sms',
};

/** What `next[].action.name` says: LoginID's names, and ours beside them. */
export type Action =
  | 'external'
  | 'passkey:auth'
  | 'passkey:tx'
  | 'otp:sms'
  | 'otp:email'
  | 'totp:verify'
  | 'recovery:verify'
  | Enrolment;

/** What a step shows: a factor, or the enrolment of one. */
export type Shows = Factor | Enrolment;

/** The action that shows a factor; undefined for factors that no step shows. Beyond a login a passkey signs what is asked. */
export function actionOf(shown: Shows, context: 'login' | 'transaction' | 'event'): Action | undefined {
  switch (shown) {
    case 'passkey':
      return context === 'login' ? 'passkey:auth' : 'passkey:tx';
    case 'totp':
      return 'totp:verify';
    case 'recovery':
      return 'recovery:verify';
    case 'password':
    case 'image-passcode':
    case 'login':
    case 'grant':
      return undefined;
    default:
      return shown;
  }
}

/** The order in which LoginID's SDK picks its next action, whatever the server's (contracts §1.7). */
const SDK_ORDER: readonly Action[] = [
  'passkey:reg',
  'passkey:auth',
  'passkey:tx',
  'otp:sms',
  'otp:email',
  'external',
];

/** The next action: what LoginID's SDK derives where it knows one that is offered, else the first of ours. */
export const nextActionOf = (offered: Action[]): Action | undefined =>
  SDK_ORDER.find((action) => offered.includes(action)) ?? offered[0];

/** Kinds of evidence (NIST SP 800-63B-4 §2): something you know, have, are. */
export type Category = 'knowledge' | 'possession' | 'inherence';
