import { type Answer, send } from './http.ts';
import * as oidc from 'openid-client';

/** What a request sent, and its answer must fit to. */
export interface Sent {
  url: URL;
  state: string;
  nonce: string;
  verifier: string;
}

/** What the token endpoint answered, and what the ID token says once it is verified. */
export interface Redeemed {
  claims: oidc.IDToken | undefined;
  /** The answer as it came over the wire. */
  answer: Record<string, unknown>;
}

export interface RelyingPartyOptions {
  gateway: string;
  issuer: string;
  clientId: string;
  /** Absent: a public client. */
  clientSecret?: string | undefined;
  redirectUri: string;
  signingAlg?: string | undefined;
  auth?: 'client_secret_basic' | 'client_secret_post' | undefined;
}

/** Nobody listens there; what comes is read off the address. */
export const CALLBACK = 'https://rp.example/callback';
/** Client libraries insist on an access token (RFC 6749 §5.1); a second factor's answer has none by design. */
const NO_ACCESS_TOKEN = 'none';

/** A relying party that knows nothing of ours: `openid-client`, discovery, everything verified. */
export class RelyingParty {
  /** Every request of the library, and the status it got. */
  readonly asked: string[] = [];
  private found: oidc.Configuration | undefined;
  private last: Record<string, unknown> = {};

  constructor(readonly options: RelyingPartyOptions) {}

  /** The issuer as it describes itself. */
  async config(): Promise<oidc.Configuration> {
    const { auth, clientId, clientSecret, issuer, signingAlg = 'EdDSA' } = this.options;
    const shown =
      clientSecret === undefined
        ? oidc.None()
        : auth === 'client_secret_post'
          ? oidc.ClientSecretPost(clientSecret)
          : oidc.ClientSecretBasic(clientSecret);
    const metadata = { id_token_signed_response_alg: signingAlg };
    return (this.found ??= await oidc.discovery(new URL(issuer), clientId, metadata, shown, {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
      [oidc.customFetch]: (url, options) => this.fetch(url, options),
    }));
  }

  /** An authorization request: PKCE, state and nonce, unless `params` say otherwise (`undefined` leaves one out). */
  async request(params: Record<string, string | undefined> = {}): Promise<Sent> {
    const config = await this.config();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const verifier = oidc.randomPKCECodeVerifier();
    const all = {
      ...{ redirect_uri: this.options.redirectUri, scope: 'openid', state, nonce },
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...params,
    };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const url = oidc.buildAuthorizationUrl(config, given as Record<string, string>);
    return { url, state, nonce, verifier };
  }

  /** The same, pushed by the authenticated client (RFC 9126): the browser gets a reference. */
  async pushed(params: Record<string, string | undefined> = {}): Promise<Sent> {
    const sent = await this.request(params);
    const url = await oidc.buildAuthorizationUrlWithPAR(await this.config(), sent.url.searchParams);
    return { ...sent, url };
  }

  /** Redeems the code in the address the browser was sent to. Throws what the library throws. */
  async redeem(
    callback: URL,
    { nonce, state, verifier }: Sent,
    more: Partial<oidc.AuthorizationCodeGrantChecks> = {},
  ): Promise<Redeemed> {
    const tokens = await oidc.authorizationCodeGrant(await this.config(), callback, {
      ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      ...more,
    });
    return { claims: tokens.claims(), answer: this.last };
  }

  async userinfo(accessToken: string, sub: string): Promise<oidc.UserInfoResponse> {
    return oidc.fetchUserInfo(await this.config(), accessToken, sub);
  }

  async refresh(refreshToken: string): Promise<Record<string, unknown>> {
    await oidc.refreshTokenGrant(await this.config(), refreshToken);
    return this.last;
  }

  /** A call of the token endpoint as it is written here; for what a library would not send. */
  async token(body: Record<string, string>, headers: Record<string, string> = {}) {
    return this.post('token_endpoint', body, headers);
  }

  async post(
    endpoint:
      | 'token_endpoint'
      | 'introspection_endpoint'
      | 'revocation_endpoint'
      | 'pushed_authorization_request_endpoint'
      | 'userinfo_endpoint',
    body: Record<string, string>,
    headers: Record<string, string> = {},
  ) {
    const url = new URL((await this.config()).serverMetadata()[endpoint] ?? '');
    return send('POST', this.options.gateway, url.pathname, {
      body: new URLSearchParams(body).toString(),
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  /** A GET of something the issuer's description names. */
  async get(
    endpoint: 'userinfo_endpoint' | 'jwks_uri',
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = new URL((await this.config()).serverMetadata()[endpoint] ?? '');
    return send('GET', this.options.gateway, url.pathname, { headers: { host: url.host, ...headers } });
  }

  /** The client's credentials in the header. */
  basic(secret = this.options.clientSecret ?? ''): Record<string, string> {
    const pair = `${encodeURIComponent(this.options.clientId)}:${encodeURIComponent(secret)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }

  /** Through the gateway, whatever name the issuer has: this machine need not resolve `*.localhost`. */
  private async fetch(url: string, options: oidc.CustomFetchOptions): Promise<Response> {
    const { host, pathname, search } = new URL(url);
    const body = options.body === undefined || options.body === null ? undefined : String(options.body);
    const answer = await send(options.method, this.options.gateway, pathname + search, {
      ...(body !== undefined && { body }),
      headers: { ...options.headers, host },
    });
    this.asked.push(`${options.method} ${pathname} ${answer.status}`);
    const isTokens = body?.includes('grant_type=') && answer.status === 200;
    if (isTokens) this.last = answer.body as Record<string, unknown>;
    const text = isTokens ? JSON.stringify({ access_token: NO_ACCESS_TOKEN, ...answer.body }) : answer.text;
    return new Response(answer.status === 204 ? null : text, {
      status: answer.status,
      headers: { 'content-type': answer.headers['content-type'] ?? '' },
    });
  }
}
