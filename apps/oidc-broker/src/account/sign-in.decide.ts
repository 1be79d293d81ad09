import { ACCOUNT_CHANGE_CLIENT_ID, ACCOUNT_CLIENT_ID, accountCallback } from '../clients/built-in.ts';
import { authorizationAddress, type OwnAuthorization } from '../clients/own-authorization.decide.ts';

/**
 * What a round of signing in is for. Nobody keeps the verifier of its code challenge: the code is not redeemed, the
 * provider's cookie is what the page reads.
 */
export interface SignInRequest extends Omit<OwnAuthorization, 'clientId' | 'callback' | 'prompt'> {
  /** Changes need it: the second factor too, where the user has one. */
  confirm?: { hasSecondFactor: boolean; isFirstFactorRecent: boolean } | undefined;
}

/** Where the provider signs the user in, as the account's own client. */
export function signInAddress({ confirm, ...request }: SignInRequest): string {
  const strong = confirm?.hasSecondFactor === true;
  const again = confirm !== undefined && !(strong && confirm.isFirstFactorRecent);
  return authorizationAddress({
    ...request,
    clientId: strong ? ACCOUNT_CHANGE_CLIENT_ID : ACCOUNT_CLIENT_ID,
    callback: accountCallback(request.appId),
    prompt: again ? 'login' : undefined,
  });
}
