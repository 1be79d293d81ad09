import type { RpKind } from './rp-sessions.ts';

/** One thing that was looked at, and what was there. What does not fit is refused, so nothing here ever failed. */
export interface RpCheck {
  what: string;
  found: string;
  /** `openid-client`, or this page, which knows what it asked for. */
  by: 'library' | 'page';
}

/** What is known when the library has nothing against it. */
export interface RpFacts {
  kind: RpKind;
  issuer: string;
  /** Whom a second factor was asked for. */
  username: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Names of the members of the token endpoint's answer. */
  members: string[];
  /** Left half of the access token's hash, where there is an access token. */
  accessTokenHash?: string;
  userinfoSub?: unknown;
  scope?: unknown;
}

const SECOND_FACTOR_ANSWER = ['id_token', 'token_type', 'expires_in'];

const text = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'absent');
const sameName = (a: unknown, b: string): boolean =>
  text(a).normalize('NFC').toLowerCase() === b.trim().normalize('NFC').toLowerCase();

/** What this page refuses, besides what its library does; undefined where all is well. */
export function rpRefusal(facts: RpFacts): string | undefined {
  const { accessTokenHash, claims, members, scope } = facts;
  if (claims.at_hash !== undefined && claims.at_hash !== accessTokenHash)
    return 'at_hash is not that of the access token';
  const extra = members.filter((name) => !SECOND_FACTOR_ANSWER.includes(name));
  switch (facts.kind) {
    case 'second-factor':
      if (extra.length > 0) return `the answer of a second factor holds ${extra.join(', ')}`;
      if (!Array.isArray(claims.amr) || claims.amr.length === 0) return 'amr does not say what was shown';
      return sameName(claims.preferred_username, facts.username)
        ? undefined
        : `it is about ${text(claims.preferred_username)}, not about the user who was asked for`;
    case 'client':
      // by e-mail there is a second step and no second factor in the sense of AAL2: acr alone would refuse it
      return Array.isArray(claims.amr) && claims.amr.some((method) => method !== 'pwd')
        ? undefined
        : `amr is ${text(claims.amr)}, and this client asks for a second step`;
    case 'scope':
      return text(scope).split(' ').includes('payments') ? undefined : 'payments was not granted';
  }
}

/** Everything that was looked at, in that order. */
export function rpChecks(facts: RpFacts): RpCheck[] {
  const { claims, header, kind } = facts;
  const by = (who: RpCheck['by']) => (what: string, found: unknown) => ({
    what,
    found: text(found),
    by: who,
  });
  const [library, page] = [by('library'), by('page')];
  return [
    library('state is that of a request of this browser, used once', 'equal'),
    library('iss of the answer (RFC 9207) is the issuer that was asked', facts.issuer),
    library('the code was redeemed with this request’s PKCE verifier', 'S256'),
    library(
      'signature of the ID token, by a key of the issuer’s JWKS',
      `${text(header.alg)}, ${text(header.kid)}`,
    ),
    library('iss', claims.iss),
    library('aud is this client', claims.aud),
    library('iat, exp', `${text(claims.iat)}, ${text(claims.exp)}`),
    library('nonce is that of this request', claims.nonce),
    page('acr, amr', `${text(claims.acr)}, ${text(claims.amr)}`),
    ...(kind === 'second-factor'
      ? [
          page('nothing but the ID token came', facts.members.join(', ')),
          page('it is about the user who was asked for', claims.preferred_username),
        ]
      : []),
    ...(kind === 'scope' ? [page('payments was granted', facts.scope)] : []),
    ...(claims.at_hash === undefined ? [] : [page('at_hash is that of the access token', claims.at_hash)]),
    ...(facts.userinfoSub === undefined
      ? []
      : [library('sub of userinfo is that of the ID token', facts.userinfoSub)]),
  ];
}
