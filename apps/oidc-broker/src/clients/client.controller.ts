import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  type PageQuery,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type ChangeClientRequest,
  changeClientRequest,
  clientIdParam,
  clientList,
  clientView,
  type CreateClientRequest,
  createClientRequest,
  createdClient,
  rotatedSecret,
  type RotateSecretRequest,
  rotateSecretRequest,
} from './client.schemas.ts';
import { ClientService } from './client.service.ts';
import { ClientSecretService } from './client-secret.service.ts';

@ApiTags('clients')
@Controller('/v1/clients')
export class ClientController {
  constructor(
    private readonly clients: ClientService,
    private readonly secrets: ClientSecretService,
  ) {}

  @Post()
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'createClient', summary: 'Register a client; its secret is shown once' })
  @Returns(201, createdClient)
  async create(
    @Caller() caller: CallerContext,
    @body(createClientRequest) request: CreateClientRequest,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.clients.create(caller.application.appId, request, repeat));
  }

  @Get()
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'listClients', summary: 'The application’s clients, by id' })
  @Returns(200, clientList)
  async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
    return answer(await this.clients.list(caller.application.appId, page));
  }

  @Get(':clientId')
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'getClient', summary: 'One client' })
  @Returns(200, clientView)
  async get(@Caller() caller: CallerContext, @param('clientId', clientIdParam) clientId: string) {
    return answer(await this.clients.get(caller.application.appId, clientId));
  }

  @Patch(':clientId')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'changeClient', summary: 'Set what is named; null takes away' })
  @Returns(200, clientView)
  async change(
    @Caller() caller: CallerContext,
    @param('clientId', clientIdParam) clientId: string,
    @body(changeClientRequest) request: ChangeClientRequest,
  ) {
    return answer(await this.clients.change(caller.application.appId, clientId, request));
  }

  @Delete(':clientId')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'deleteClient', summary: 'Remove a client, and what was granted to it' })
  @Returns(204)
  async delete(
    @Caller() caller: CallerContext,
    @param('clientId', clientIdParam) clientId: string,
  ): Promise<void> {
    answer(await this.clients.delete(caller.application.appId, clientId));
  }

  @Post(':clientId/rotate-secret')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'rotateClientSecret', summary: 'A new secret, shown once' })
  @Returns(200, rotatedSecret)
  async rotate(
    @Caller() caller: CallerContext,
    @param('clientId', clientIdParam) clientId: string,
    @body(rotateSecretRequest) request: RotateSecretRequest,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.secrets.rotate(caller.application.appId, clientId, request, repeat));
  }

  @Delete(':clientId/secrets')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'deleteClientSecrets', summary: 'Take all its secrets away, at once' })
  @Returns(204)
  async removeSecrets(
    @Caller() caller: CallerContext,
    @param('clientId', clientIdParam) clientId: string,
  ): Promise<void> {
    answer(await this.secrets.remove(caller.application.appId, clientId));
  }
}
