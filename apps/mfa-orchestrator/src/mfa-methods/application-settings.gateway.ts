import { applicationView, type Application, type ChangeOtpRequest } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const invalid = z.object({ field: z.string().optional(), detail: z.string().optional() });

/** Changes how an application's codes are sent, at token-service, which owns its settings. */
@Injectable()
export class ApplicationSettingsGateway {
  constructor(
    private readonly client: ServiceClient,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  /** The application as it is now. The next code of this process is made by it; other instances know within a second. */
  async changeOtp(
    appId: string,
    otp: ChangeOtpRequest,
  ): Promise<Decision<Application, 'request/invalid' | 'access/application-not-found'>> {
    const { status, body } = await this.client.call('token-service', {
      method: 'PATCH',
      path: `/internal/applications/${encodeURIComponent(appId)}/otp`,
      body: otp,
    });
    if (status === 404) return refuse('access/application-not-found');
    if (status === 400) return refuse('request/invalid', invalid.parse(body));
    if (status !== 200)
      throw new ServiceUnavailable('token-service', `answered ${status} to a change of settings`);
    this.directory.forget?.(appId);
    return accept(applicationView.parse(body));
  }
}
