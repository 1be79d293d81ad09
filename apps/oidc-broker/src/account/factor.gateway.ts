import { type RemoveFactorRequest, userFactors } from '@countersign/contracts';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { Factor } from './account.types.ts';

/** `too-weak`: the orchestrator wants a stronger login for that; `gone`: there is no such factor. */
export type Removal = 'removed' | 'gone' | 'too-weak';

/** A user's factors, which the orchestrator keeps. */
@Injectable()
export class FactorGateway {
  constructor(private readonly client: ServiceClient) {}

  /** Throws ServiceUnavailable. */
  async list(appId: string, userId: string): Promise<Factor[]> {
    const path = `${pathOf(userId)}?appId=${encodeURIComponent(appId)}`;
    const { status, body } = await this.client.call('mfa-orchestrator', { method: 'GET', path });
    const parsed = status === 200 ? userFactors.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('mfa-orchestrator', `answered ${status} about factors`);
    return parsed.data.items;
  }

  /** Throws ServiceUnavailable. */
  async remove(userId: string, request: RemoveFactorRequest): Promise<Removal> {
    const { status } = await this.client.call('mfa-orchestrator', {
      method: 'POST',
      path: `${pathOf(userId)}/remove`,
      body: request,
    });
    if (status === 204) return 'removed';
    if (status === 404 || status === 400) return 'gone';
    if (status === 403) return 'too-weak';
    throw new ServiceUnavailable('mfa-orchestrator', `answered ${status} about removing a factor`);
  }
}

const pathOf = (userId: string) => `/internal/users/${encodeURIComponent(userId)}/factors`;
