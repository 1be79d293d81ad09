/** One round of signing in by a client of this service itself: the code flow, with PKCE. */
export interface OwnAuthorization {
  /** `http://demo.localhost:4000`: where the page stands, and the provider's cookie is of. */
  origin: string;
  appId: string;
  clientId: string;
  /** Where the provider sends the browser back to, on that origin. */
  callback: string;
  /** Random each. */
  codeChallenge: string;
  state: string;
  nonce: string;
  prompt?: 'login' | undefined;
  username?: string | undefined;
}

/** The address at which the provider signs the user in. */
export function authorizationAddress(asked: OwnAuthorization): string {
  const { origin, appId, prompt, username } = asked;
  const query = new URLSearchParams({
    client_id: asked.clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: origin + asked.callback,
    code_challenge: asked.codeChallenge,
    code_challenge_method: 'S256',
    state: asked.state,
    nonce: asked.nonce,
    ...(prompt !== undefined && { prompt }),
    ...(username !== undefined && { login_hint: username }),
  });
  return `${origin}/oidc/${appId}/authorize?${query}`;
}
