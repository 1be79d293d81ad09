import { type ApplicationPage, applicationPage } from '@countersign/contracts';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** All applications, which token-service keeps. */
@Injectable()
export class ApplicationGateway {
  constructor(private readonly client: ServiceClient) {}

  /** A page of them by id; undefined: the cursor is none. Throws ServiceUnavailable. */
  async list(cursor: string | undefined, limit: number): Promise<ApplicationPage | undefined> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor !== undefined && { cursor }) });
    const { status, body } = await this.client.call('token-service', {
      method: 'GET',
      path: `/internal/applications?${query}`,
    });
    if (status === 400) return undefined;
    const parsed = status === 200 ? applicationPage.safeParse(body) : undefined;
    if (!parsed?.success)
      throw new ServiceUnavailable('token-service', `answered ${status} about applications`);
    return parsed.data;
  }
}
