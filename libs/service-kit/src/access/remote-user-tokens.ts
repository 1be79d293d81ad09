import { verifiedToken } from '@countersign/contracts';
import { type ServiceClient, ServiceUnavailable } from '@countersign/security';
import type { UserToken } from './check-access.ts';

/** Longest token that is asked about, in characters. */
const LONGEST = 16_384;

/**
 * Asks token-service about access tokens of logins and grants of API keys: nothing is remembered here. Undefined for a
 * token that does not hold in that application now: forged, expired, revoked, another application's, its user deleted.
 * Throws ServiceUnavailable where nobody can know.
 */
export const remoteUserTokens =
  (client: Pick<ServiceClient, 'call'>) =>
  async (token: string, { appId }: { appId: string }): Promise<UserToken | undefined> => {
    if (token === '' || token.length > LONGEST) return undefined;
    const { status, body } = await client.call('token-service', {
      method: 'POST',
      path: '/internal/access-tokens/verify',
      body: { appId, token },
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new ServiceUnavailable('token-service', `answered ${status} about a token`);
    return verifiedToken.parse(body);
  };
