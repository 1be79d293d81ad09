import { Injectable } from '@nestjs/common';
import { verifiedToken, type VerifiedToken } from '@countersign/contracts';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';

/** Longest token that is asked about, in characters. */
const LONGEST = 16_384;

/** Access tokens of logins and grants of API keys, as token-service sees them now: nothing is remembered here. */
@Injectable()
export class AccessTokenGateway {
  constructor(private readonly client: ServiceClient) {}

  /**
   * Whose `token` is and what it may, or undefined if it does not hold in this application now: forged, expired,
   * revoked, another application's, its user deleted. Throws ServiceUnavailable where nobody can know.
   */
  async verify(appId: string, token: string): Promise<VerifiedToken | undefined> {
    if (token === '' || token.length > LONGEST) return undefined;
    const { status, body } = await this.client.call('token-service', {
      method: 'POST',
      path: '/internal/access-tokens/verify',
      body: { appId, token },
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new ServiceUnavailable('token-service', `answered ${status} about a token`);
    return verifiedToken.parse(body);
  }

  /** The user who logged in for `token`; undefined for a grant, and for whatever {@link verify} refuses. */
  async userOf(appId: string, token: string): Promise<string | undefined> {
    const found = await this.verify(appId, token);
    return found?.kind === 'access' ? found.userId : undefined;
  }
}
