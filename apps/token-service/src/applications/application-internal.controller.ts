import { applicationPage, applicationView, changeOtpRequest, SERVICES } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Get, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApplicationService } from './application.service.ts';

const hostQuery = z.strictObject({ ...pageQuery.shape, host: z.string().min(1).max(300).optional() });
const appIdParam = z.string().max(300);

/** Applications for the other services. */
@ApiTags('internal')
@Controller('internal/applications')
export class ApplicationInternalController {
  constructor(private readonly applications: ApplicationService) {}

  /** By an exact host name; without one all of them, page by page, for oidc-broker's page of administrators. */
  @Get()
  @Access.service(...SERVICES)
  @ApiOperation({
    operationId: 'getApplicationByHost',
    summary: 'The application of a host name, or all of them',
  })
  @Returns(200, z.union([applicationView, applicationPage]))
  async byHost(
    @Caller() { service }: CallerContext,
    @query(hostQuery) { host, ...page }: z.output<typeof hostQuery>,
  ) {
    if (host !== undefined)
      return (await this.applications.findByHost(host)) ?? answer(refuse('token/application-not-found'));
    if (service !== 'oidc-broker') return answer(refuse('request/invalid', { field: 'host' }));
    const { items, next } = answer(await this.applications.list(page));
    const shown = items.map(({ appId, name, settings }) => ({ appId, name, settings }));
    return { items: shown, ...(next !== undefined && { next }) };
  }

  @Get(':appId')
  @Access.service(...SERVICES)
  @ApiOperation({ operationId: 'getApplicationForService', summary: 'An application' })
  @Returns(200, applicationView)
  async byId(@param('appId', appIdParam) appId: string) {
    return (await this.applications.find(appId)) ?? answer(refuse('token/application-not-found'));
  }

  /** Changes `settings.otp` alone: what `/v1/mfa-methods` of mfa-orchestrator is about. */
  @Patch(':appId/otp')
  @Access.service('mfa-orchestrator')
  @ApiOperation({ operationId: 'changeOtpSettings', summary: 'Change how one-time codes are sent' })
  @Returns(200, applicationView)
  async changeOtp(
    @param('appId', appIdParam) appId: string,
    @body(changeOtpRequest) otp: z.output<typeof changeOtpRequest>,
  ) {
    const application = await this.applications.find(appId);
    if (!application) return answer(refuse('token/application-not-found'));
    const changed = await this.applications.change(application, application.appId, { settings: { otp } });
    const { name, settings } = answer(changed);
    return { appId: application.appId, name, settings };
  }
}
