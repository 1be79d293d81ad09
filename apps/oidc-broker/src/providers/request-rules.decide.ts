import { tidyUsername, usernameSchema } from '@countersign/contracts';
import type { OidcClient } from '../clients/client.types.ts';

/** What of an authorization request its rules look at, by OAuth's names. */
export interface AskedFor {
  /** As it was sent. */
  scope: string | undefined;
  nonce: string | undefined;
  login_hint: string | undefined;
  /** It came by PAR, from a client that proved itself. */
  isPushed: boolean;
}

export interface RequestRefusal {
  error: 'invalid_scope' | 'invalid_request';
  description: string;
}

/** Scopes that go with a second factor: nothing else is issued with one. */
const SECOND_FACTOR = new Set(['openid', '2fa', '2fa_link']);

const words = (scope: string | undefined): string[] => (scope ?? '').split(' ').filter((one) => one !== '');

/** `openid 2fa`: a second factor for a user that somebody else has let in. */
export const isSecondFactor = (scope: string | undefined): boolean => words(scope).includes('2fa');

const refuse = (error: RequestRefusal['error'], description: string): RequestRefusal => ({
  error,
  description,
});

/** Whom the request is about: blank is nobody, and some texts are nobody's name. */
function hintIn({ login_hint: hint }: AskedFor): 'none' | 'unusable' | 'given' {
  if (hint === undefined || tidyUsername(hint) === '') return 'none';
  return usernameSchema.safeParse(hint).success ? 'given' : 'unusable';
}

/** What keeps a request from being asked, beyond the protocol's own rules; undefined if nothing does. */
export function requestRefusal(
  asked: AskedFor,
  client: Pick<OidcClient, 'kind' | 'hint' | 'hintInFrontChannel'>,
  isProduction: boolean,
): RequestRefusal | undefined {
  const scopes = words(asked.scope);
  if (!scopes.includes('2fa'))
    return scopes.includes('2fa_link') ? refuse('invalid_scope', '2fa_link goes with 2fa only') : undefined;
  if (!scopes.includes('openid')) return refuse('invalid_scope', '2fa goes with openid only');
  const other = scopes.find((scope) => !SECOND_FACTOR.has(scope));
  if (other !== undefined) return refuse('invalid_scope', 'no other scope goes with 2fa');
  const links = scopes.includes('2fa_link');
  if (links && client.kind === 'public')
    return refuse('invalid_scope', '2fa_link is for confidential clients only');
  // the client is to find out that an answer is another's (V6, V7)
  if (!asked.nonce) return refuse('invalid_request', 'nonce is required with 2fa');
  const hint = hintIn(asked);
  if (hint === 'unusable') return refuse('invalid_request', 'login_hint is not a username');
  if (hint === 'none') {
    // who names themselves could be anybody: nobody makes a stranger's factor (V11)
    if (links) return refuse('invalid_request', 'login_hint is required with 2fa_link');
    return client.hint === 'ask' ? undefined : refuse('invalid_request', 'login_hint is required with 2fa');
  }
  if (asked.isPushed || !mustBePushed(links, client, isProduction)) return undefined;
  const what = links ? 'a request with 2fa_link' : 'login_hint with 2fa';
  return refuse('invalid_request', `${what} must be pushed (RFC 9126) by a client that authenticates`);
}

/**
 * In the front channel the user could name somebody else. For a challenge that is the client's to risk; a link would make
 * that somebody's factor, so in production no client can opt out of it, and elsewhere each has to.
 */
const mustBePushed = (
  links: boolean,
  { hintInFrontChannel }: Pick<OidcClient, 'hintInFrontChannel'>,
  isProduction: boolean,
): boolean => (links && isProduction) || (!hintInFrontChannel && (links || isProduction));
