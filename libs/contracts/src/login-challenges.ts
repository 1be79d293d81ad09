import { z } from 'zod';
import { plainText } from './json-values.ts';

/**
 * What a login has shown before it asks for more. A password or an image passcode oidc-broker has seen itself, at that
 * second; a passkey is what a login flow of ours showed, and is looked up there.
 */
export const givenProof = z.discriminatedUnion('factor', [
  z.strictObject({ factor: z.enum(['password', 'image-passcode']), at: z.int().min(0) }),
  z.strictObject({ factor: z.literal('passkey'), flowId: z.uuid() }),
]);
export type GivenProof = z.infer<typeof givenProof>;

/** `POST /internal/challenges/offers`: what a login of that user would be asked for under that policy; nothing is begun. */
export const loginOffersRequest = z.strictObject({
  appId: z.string().min(1).max(128),
  username: z.string().min(1).max(1024),
  /** Name of a policy. */
  requires: plainText(128),
  proofs: z.array(givenProof).max(10).default([]),
});
export type LoginOffersRequest = z.input<typeof loginOffersRequest>;
export const loginOffers = z.object({
  userId: z.string(),
  /** Actions with what a user may choose from; empty: policy lets nobody like this user through, `because` says why. */
  offers: z.array(
    z.object({
      action: z.string(),
      label: z.string(),
      options: z.array(z.object({ value: z.string(), label: z.string().optional() })),
    }),
  ),
  because: z.array(z.string()),
});
export type LoginOffers = z.infer<typeof loginOffers>;

/**
 * `POST /internal/challenges`: a challenge of context `login` about `{ appId, username, transactionIds: ['oidc:<loginId>'] }`.
 * Once for a user, login and policy: a repeat answers the same challenge with another ticket, or 409 once it has ended.
 */
export const loginChallengeRequest = loginOffersRequest.extend({
  loginId: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/),
  ttlSeconds: z.int().min(30).max(3600).default(600),
});
export type LoginChallengeRequest = z.input<typeof loginChallengeRequest>;
export const loginChallenge = z.object({
  challengeId: z.string(),
  userId: z.string(),
  beginTicket: z.string(),
  subjectDigest: z.string(),
  expiresAt: z.string(),
});
export type LoginChallenge = z.infer<typeof loginChallenge>;
