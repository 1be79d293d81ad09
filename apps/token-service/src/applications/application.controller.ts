import { appIdSchema } from '@countersign/contracts';
import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  pageQuery,
  type PageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Get, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  applicationAnswer,
  applicationList,
  type ChangeApplicationRequest,
  changeApplicationRequest,
  type CreateApplicationRequest,
  createApplicationRequest,
} from './application.schemas.ts';
import { ApplicationService } from './application.service.ts';

@ApiTags('applications')
@Controller('v1/applications')
export class ApplicationController {
  constructor(private readonly applications: ApplicationService) {}

  /** Makes an application (platform only). Its keys come by `POST /v1/api-keys`. */
  @Post()
  @Access.apiKey('app:write', { platformOnly: true })
  @ApiOperation({ operationId: 'createApplication', summary: 'Make an application' })
  @Returns(201, applicationAnswer)
  async create(
    @body(createApplicationRequest) request: CreateApplicationRequest,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.applications.create(request, repeat));
  }

  /** All applications (platform only). */
  @Get()
  @Access.apiKey('app:read', { platformOnly: true })
  @ApiOperation({ operationId: 'listApplications', summary: 'All applications' })
  @Returns(200, applicationList)
  async list(@query(pageQuery) page: PageQuery) {
    return answer(await this.applications.list(page));
  }

  /** One application: the caller's own, or any for the platform. */
  @Get(':appId')
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'getApplication', summary: 'One application' })
  @Returns(200, applicationAnswer)
  async read(@param('appId', appIdSchema) appId: string, @Caller() caller: CallerContext) {
    return answer(await this.applications.read(caller.application, appId));
  }

  /** Changes name and settings; what is not named stays. The id never changes. */
  @Patch(':appId')
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'changeApplication', summary: 'Change name and settings' })
  @Returns(200, applicationAnswer)
  async change(
    @param('appId', appIdSchema) appId: string,
    @body(changeApplicationRequest) request: ChangeApplicationRequest,
    @Caller() caller: CallerContext,
  ) {
    return answer(await this.applications.change(caller.application, appId, request));
  }
}
