import { ACCOUNT_CHANGE_CLIENT_ID, ACCOUNT_CLIENT_ID } from '../clients/built-in.ts';

/** What a round of signing in is for. */
export interface SignInRequest {
  /** `http://demo.localhost:4000`. */
  origin: string;
  appId: string;
  /** Random each. Nobody keeps the verifier: the code is not redeemed, the provider's cookie is what the page reads. */
  codeChallenge: string;
  state: string;
  nonce: string;
  username?: string | undefined;
  /** Changes need it: the second factor too, where the user has one. */
  confirm?: { hasSecondFactor: boolean; isFirstFactorRecent: boolean } | undefined;
}

/** Where the provider signs the user in, as the account's own client. */
export function signInAddress(request: SignInRequest): string {
  const { appId, origin, confirm, username } = request;
  const base = `/oidc/${appId}`;
  const strong = confirm?.hasSecondFactor === true;
  const again = confirm !== undefined && !(strong && confirm.isFirstFactorRecent);
  const query = new URLSearchParams({
    client_id: strong ? ACCOUNT_CHANGE_CLIENT_ID : ACCOUNT_CLIENT_ID,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${origin}${base}/account/callback`,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    state: request.state,
    nonce: request.nonce,
    ...(again && { prompt: 'login' }),
    ...(username !== undefined && { login_hint: username }),
  });
  // on the origin that the provider's cookie is of
  return `${origin}${base}/authorize?${query}`;
}
