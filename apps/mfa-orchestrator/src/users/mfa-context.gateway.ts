import { Injectable } from '@nestjs/common';
import { mfaContextView, type MfaContextView } from '@countersign/contracts';
import { ServiceUnavailable, ServiceClient } from '@countersign/security';
import { UserRepository } from './user.repository.ts';

/** How long sso-data may take, in milliseconds: a person waits. */
const PATIENCE_MS = 300;

/** Asks sso-data for what `mfaInfo` shows of a user: SSO identifier and registrations (seed Q2). */
@Injectable()
export class MfaContextGateway {
  constructor(
    private readonly client: ServiceClient,
    private readonly users: UserRepository,
  ) {}

  /**
   * The user's values. Where sso-data cannot be had: none, unless values are known to exist, for then "none" would
   * be a lie and the caller gets ServiceUnavailable (503).
   */
  async of(user: { appId: string; userId: string; username: string }): Promise<MfaContextView> {
    // no URL can name these two, so nothing can have been stored under them
    if (user.username === '.' || user.username === '..') return { registrations: {} };
    try {
      const { status, body } = await this.client.call('sso-data', {
        method: 'GET',
        path: `/internal/users/${encodeURIComponent(user.username)}/mfa-context?appId=${encodeURIComponent(user.appId)}&userId=${encodeURIComponent(user.userId)}`,
        timeoutMs: PATIENCE_MS,
      });
      if (status !== 200) throw new ServiceUnavailable('sso-data', `answered ${status}`);
      const values = mfaContextView.parse(body);
      const known = values.ssoIdentifier !== undefined || Object.keys(values.registrations).length > 0;
      await this.users.rememberMfaContext(user.userId, known);
      return values;
    } catch (error) {
      if (!(error instanceof ServiceUnavailable) || (await this.users.hasMfaContext(user.userId)))
        throw error;
      return { registrations: {} };
    }
  }
}
