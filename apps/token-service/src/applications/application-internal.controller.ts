import { applicationView, SERVICES } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Access, answer, param, query, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApplicationService } from './application.service.ts';

const hostQuery = z.strictObject({ host: z.string().min(1).max(300) });

/** Applications for the other services. */
@ApiTags('internal')
@Controller('internal/applications')
export class ApplicationInternalController {
  constructor(private readonly applications: ApplicationService) {}

  /** By an exact host name. */
  @Get()
  @Access.service(...SERVICES)
  @ApiOperation({ operationId: 'getApplicationByHost', summary: 'The application of a host name' })
  @Returns(200, applicationView)
  async byHost(@query(hostQuery) { host }: z.infer<typeof hostQuery>) {
    return (await this.applications.findByHost(host)) ?? answer(refuse('token/application-not-found'));
  }

  @Get(':appId')
  @Access.service(...SERVICES)
  @ApiOperation({ operationId: 'getApplicationForService', summary: 'An application' })
  @Returns(200, applicationView)
  async byId(@param('appId', z.string().max(300)) appId: string) {
    return (await this.applications.find(appId)) ?? answer(refuse('token/application-not-found'));
  }
}
