import { Injectable } from '@nestjs/common';
import type { VerifiedToken } from '@countersign/contracts';
import { ServiceClient } from '@countersign/security';
import { remoteUserTokens } from '@countersign/service-kit';

/** Access tokens of logins and grants of API keys, as token-service sees them now. */
@Injectable()
export class AccessTokenGateway {
  private readonly ask: ReturnType<typeof remoteUserTokens>;

  constructor(client: ServiceClient) {
    this.ask = remoteUserTokens(client);
  }

  /**
   * Whose `token` is and what it may, or undefined if it does not hold in this application now.
   * Throws ServiceUnavailable where nobody can know.
   */
  verify(appId: string, token: string): Promise<VerifiedToken | undefined> {
    return this.ask(token, { appId });
  }
}
