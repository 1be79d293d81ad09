import { type ResolvedUser, resolvedUser } from '@countersign/contracts';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Users as mfa-orchestrator, who owns them, knows them. */
@Injectable()
export class UserGateway {
  constructor(private readonly client: ServiceClient) {}

  /** The user's id, made on first sight, and the orchestrator's time. Throws ServiceUnavailable. */
  async resolve(appId: string, username: string): Promise<ResolvedUser> {
    const { status, body } = await this.client.call('mfa-orchestrator', {
      method: 'POST',
      path: '/internal/users/resolve',
      body: { appId, username },
    });
    const parsed = status === 200 ? resolvedUser.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('mfa-orchestrator', `answered ${status} to users/resolve`);
    return parsed.data;
  }
}
