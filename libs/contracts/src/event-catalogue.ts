import { z } from 'zod';
import { mfaContext } from './applications.ts';
import { auditActionRecorded } from './audit-actions.ts';
import { type EventKind, kind } from './event-kind.ts';
import { OIDC_EVENTS } from './oidc-events.ts';

/** Ends of what was demanded. */
export const outcome = z.enum(['allowed', 'denied', 'expired', 'cancelled', 'not-required', 'too-late']);
export type Outcome = z.infer<typeof outcome>;

/** Why something was decided: rule names, event ids and neutral codes; never a username. */
export const because = z.array(z.string().max(300)).max(50);

const challenge = z.object({
  challengeId: z.string(),
  userId: z.string(),
  context: mfaContext,
  auditActionId: z.string().optional(),
  auditActionName: z.string().optional(),
  transactionIds: z.array(z.string()).optional(),
  subjectDigest: z.string(),
  expiresAt: z.string(),
  because,
});
const flow = z.object({
  flowId: z.string(),
  userId: z.string(),
  context: mfaContext,
  challengeId: z.string().optional(),
});
const factorShown = flow.extend({ factor: z.string() });
/** Of factors and devices the ids and kinds are told, never an address, a name or a code. */
const factorOfUser = z.object({ userId: z.string(), kind: z.string(), id: z.string() });
const token = z.object({
  tokenId: z.string(),
  userId: z.string(),
  keyId: z.string(),
  flowId: z.string().optional(),
  challengeId: z.string().optional(),
});

/** Of values the names are told, never a value or a hash of one. */
const valuesOfUser = z.object({
  userId: z.string(),
  vendor: z.string(),
  names: z.array(z.string().max(128)).max(500),
});

/** Every event there is. Within `.v1` only optional members are added; anything else is a `.v2` beside it. */
export const EVENTS = {
  'patrol.audit-action.recorded.v1': kind(
    'patrol.audit-actions',
    'A user did something in an application that may need MFA',
    auditActionRecorded,
  ),
  'mfa.decision.made.v1': kind(
    'mfa.decisions',
    'The one final, signed answer about an audit action or a transaction challenge',
    z.object({
      auditActionId: z.string().optional(),
      transactionIds: z.array(z.string()).optional(),
      challengeId: z.string().optional(),
      outcome,
      subjectDigest: z.string(),
      decision: z.string(),
      because,
    }),
  ),
  'mfa.challenge.required.v1': kind('mfa.challenges', 'A user must prove themselves', challenge),
  'mfa.challenge.completed.v1': kind('mfa.challenges', 'The user proved themselves for it', challenge),
  'mfa.challenge.denied.v1': kind(
    'mfa.challenges',
    'The user denied it, guesses ran out, or the budget was spent; `suspectedAttack` where the user said so',
    challenge.extend({ suspectedAttack: z.boolean().optional() }),
  ),
  'mfa.challenge.expired.v1': kind('mfa.challenges', 'Its time ran out', challenge),
  'mfa.challenge.cancelled.v1': kind('mfa.challenges', 'Its owner withdrew it', challenge),
  'mfa.flow.started.v1': kind('mfa.flows', 'A user began to prove themselves', flow),
  'mfa.flow.factor-verified.v1': kind('mfa.flows', 'A factor was shown', factorShown),
  'mfa.flow.factor-refused.v1': kind(
    'mfa.flows',
    'A factor was refused',
    factorShown.extend({ reason: z.string() }),
  ),
  'mfa.flow.completed.v1': kind('mfa.flows', 'Policy is satisfied', flow),
  'mfa.flow.failed.v1': kind('mfa.flows', 'Too many wrong proofs', flow),
  'mfa.flow.expired.v1': kind('mfa.flows', 'Its time ran out', flow),
  'mfa.flow.abandoned.v1': kind('mfa.flows', 'The user left without success', flow),
  'mfa.user.deleted.v1': kind(
    'mfa.users',
    'A user is gone; every service forgets them',
    z.object({ userId: z.string() }),
  ),
  'mfa.user.signed-out.v1': kind(
    'mfa.users',
    'Tokens of logins until `before` hold no more (reset, lock, factor removed); but the login of `exceptJti`, who did it',
    z.object({ userId: z.string(), before: z.iso.datetime(), exceptJti: z.string().optional() }),
  ),
  'mfa.user.factor-added.v1': kind('mfa.users', 'A user enrolled a factor', factorOfUser),
  'mfa.user.factor-removed.v1': kind(
    'mfa.users',
    'A factor is gone: the user or management removed it, or a new one replaced it',
    factorOfUser,
  ),
  'mfa.user.factor-locked.v1': kind(
    'mfa.users',
    'Too many wrong guesses at a factor, over all flows; `until` where it unlocks by itself',
    factorOfUser.partial({ id: true }).extend({ until: z.string().optional() }),
  ),
  'mfa.user.device-trusted.v1': kind(
    'mfa.users',
    'A device is known for a user after a completed flow',
    factorOfUser,
  ),
  'mfa.user.device-revoked.v1': kind('mfa.users', 'A device is trusted for a user no more', factorOfUser),
  'token.external-token.issued.v1': kind('token.external-tokens', 'A key vouched for a user', token),
  'token.external-token.redeemed.v1': kind(
    'token.external-tokens',
    'An external token was redeemed, once',
    token.extend({ flowId: z.string() }),
  ),
  'token.external-token.refused.v1': kind(
    'token.external-tokens',
    'A token was presented that fits nothing',
    z.object({ userId: z.string(), flowId: z.string(), reason: z.string() }),
  ),
  'token.api-key.created.v1': kind(
    'token.api-keys',
    'A key was made; for information, never to accept it',
    z.object({ keyId: z.string(), scopes: z.array(z.string()) }),
  ),
  'token.api-key.revoked.v1': kind(
    'token.api-keys',
    'A key was revoked; caches drop it',
    z.object({ keyId: z.string() }),
  ),
  'sso.user-data.saved.v1': kind(
    'sso.user-data',
    'Values of a user for a vendor were added or changed: by the vendor’s answer to a launch, or by management',
    valuesOfUser.extend({ by: z.enum(['launch', 'management']) }),
  ),
  'sso.user-data.deleted.v1': kind(
    'sso.user-data',
    'Values of a user for a vendor were deleted',
    valuesOfUser.extend({ by: z.enum(['management', 'user', 'uninstall']) }),
  ),
  'sso.user-data.erased.v1': kind(
    'sso.user-data',
    'Everything kept of a user was erased, and the key it was encrypted with destroyed',
    z.object({ userId: z.string() }),
  ),
  'sso.launch.failed.v1': kind(
    'sso.user-data',
    'A launch led nowhere: the vendor refused it, or its answer did not come or could not be used. Nothing was saved',
    z.object({ userId: z.string(), vendor: z.string(), reason: z.string().max(100) }),
  ),
  'sso.launch.names-refused.v1': kind(
    'sso.user-data',
    'A vendor answered with names that no element is defined for: they were left out. `others` counts those that are no names',
    valuesOfUser.extend({ others: z.int() }),
  ),
  'sso.cache.invalidated.v1': kind(
    'sso.cache',
    'What instances of sso-data keep of a table for this application is to be read anew',
    z.object({ invalidationId: z.string(), table: z.enum(['ThirdPartyDataElements', 'ThirdPartyData']) }),
  ),
  'sso.cache.applied.v1': kind(
    'sso.cache',
    'An instance of sso-data has dropped what was to be read anew',
    z.object({ invalidationId: z.string(), instance: z.string() }),
  ),
  ...OIDC_EVENTS,
} as const satisfies Record<string, EventKind>;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]['data']>;

/** Whether `type` is one of ours. */
export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENTS, type);
