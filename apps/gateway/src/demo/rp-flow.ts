import { createHash } from 'node:crypto';
import * as oidc from 'openid-client';
import { rpChecks, type RpFacts, rpRefusal } from './rp-checks.decide.ts';
import { askThrough, noticingTokens, type TokenAnswer } from './rp-fetch.ts';
import type { RpKind, RpOutcome, RpPending } from './rp-sessions.ts';
import type { RpSettings } from './rp-settings.ts';

const SCOPES: Record<RpKind, string> = {
  'second-factor': 'openid 2fa',
  client: 'openid profile email',
  scope: 'openid profile payments',
};

export interface RpRequest {
  kind: RpKind;
  /** Where the browser is: issuer and redirect URI are on the same origin, as passkeys ask for. */
  origin: string;
  username: string;
  /** Whether a user who has no passcode may make one now. */
  link: boolean;
}

/** A request on its way, or why there is none. */
export type RpBegun = { url: string; pending: RpPending } | { refused: RpOutcome };

/** A relying party as `openid-client` makes one: discovery, PKCE, state, nonce, an ID token verified by JWKS. */
export class RpFlow {
  constructor(private readonly brokerUrl: string) {}

  /**
   * Where the browser goes, and what its answer must fit to. Whom a second factor is asked of is told the issuer by the
   * back channel (RFC 9126), where the browser can change nothing. What the issuer refuses there is an outcome.
   */
  async begin(settings: RpSettings, { kind, link, origin, username }: RpRequest): Promise<RpBegun> {
    const issuer = `${origin}/oidc/${settings.appId}`;
    const { config } = await this.client(settings, kind, issuer);
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const verifier = oidc.randomPKCECodeVerifier();
    const parameters = {
      ...{ redirect_uri: callbackOf(issuer), scope: SCOPES[kind] + (link ? ' 2fa_link' : '') },
      ...{ state, nonce, login_hint: username },
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    const pending: RpPending = { kind, issuer, state, nonce, verifier, username };
    if (kind !== 'second-factor')
      return { url: oidc.buildAuthorizationUrl(config, parameters).href, pending };
    try {
      return { url: (await oidc.buildAuthorizationUrlWithPAR(config, parameters)).href, pending };
    } catch (error) {
      if (!(error instanceof oidc.ResponseBodyError)) throw error;
      return { refused: { kind, issuer, username, checks: [], refused: reasonOf(error) } };
    }
  }

  /** Redeems the code in `query` and looks at everything that comes. Never throws: what is wrong is `refused`. */
  async finish(settings: RpSettings, pending: RpPending, query: string): Promise<RpOutcome> {
    const { kind, issuer, username } = pending;
    const outcome: RpOutcome = { kind, issuer, username, checks: [] };
    try {
      return await this.redeem(settings, pending, query, outcome);
    } catch (error) {
      return { ...outcome, refused: reasonOf(error) };
    }
  }

  /** Where the browser goes to sign out at the issuer too. */
  async signOut(settings: RpSettings, { answer, issuer, kind }: RpOutcome): Promise<string> {
    const { config } = await this.client(settings, kind, issuer);
    return oidc.buildEndSessionUrl(config, {
      ...(answer?.id_token !== undefined && { id_token_hint: answer.id_token }),
      post_logout_redirect_uri: new URL('/demo/rp', issuer).href,
    }).href;
  }

  private async redeem(settings: RpSettings, pending: RpPending, query: string, outcome: RpOutcome) {
    const { kind, issuer, nonce, state, verifier } = pending;
    const { config, said } = await this.client(settings, kind, issuer);
    const tokens = await oidc.authorizationCodeGrant(config, new URL(`${callbackOf(issuer)}?${query}`), {
      ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
    });
    const answer = said() ?? {};
    const claims = { ...tokens.claims() };
    const { access_token: accessToken } = answer;
    const userinfo =
      accessToken === undefined
        ? undefined
        : await oidc.fetchUserInfo(config, accessToken, String(claims.sub)).then((info) => ({ ...info }));
    const facts: RpFacts = {
      ...{ kind, issuer, username: pending.username },
      ...{ claims, header: headerOf(tokens.id_token ?? ''), members: Object.keys(answer) },
      ...(accessToken !== undefined && { accessTokenHash: hashOf(accessToken) }),
      ...(userinfo && { userinfoSub: userinfo.sub }),
      scope: answer.scope,
    };
    const refused = rpRefusal(facts);
    if (refused !== undefined) return { ...outcome, refused };
    return { ...outcome, answer, claims, ...(userinfo && { userinfo }), checks: rpChecks(facts) };
  }

  /** One client shows itself in the body, the other in the header. */
  private async client(settings: RpSettings, kind: RpKind, issuer: string) {
    let answer: TokenAnswer | undefined;
    const [id, shown] =
      kind === 'client'
        ? [settings.mfaClientId, oidc.ClientSecretBasic(settings.mfaClientSecret)]
        : [settings.clientId, oidc.ClientSecretPost(settings.clientSecret)];
    const config = await oidc.discovery(
      new URL(issuer),
      id,
      { id_token_signed_response_alg: 'EdDSA' },
      shown,
      {
        // http on this machine; and signatures are looked at even though the token came straight from the issuer
        execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
        [oidc.customFetch]: noticingTokens(askThrough(this.brokerUrl), (said) => void (answer = said)),
      },
    );
    return { config, said: () => answer };
  }
}

const callbackOf = (issuer: string): string => new URL('/demo/rp/callback', issuer).href;

const headerOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;

/** OpenID Connect Core §3.1.3.6: the left half of the hash of the signature's algorithm, for EdDSA SHA-512. */
const hashOf = (token: string): string =>
  createHash('sha512').update(token, 'ascii').digest().subarray(0, 32).toString('base64url');

/** For whoever tries it: what the issuer said, or what the library found, which it tells in causes of causes. */
function reasonOf(error: unknown): string {
  const said: unknown[] = [];
  for (
    let at: unknown = error;
    typeof at === 'object' && at !== null;
    at = (at as { cause?: unknown }).cause
  ) {
    const {
      attribute,
      claim,
      error: code,
      error_description: description,
      message,
    } = at as Record<string, unknown>;
    said.push(...(typeof code === 'string' ? [code, description] : [message, claim ?? attribute]));
    if (typeof code === 'string') break;
  }
  return said.filter((part) => typeof part === 'string').join(': ') || 'refused';
}
