import { usernameSchema } from '@countersign/contracts';
import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type CreateUserRequest,
  createUserRequest,
  directoryUserDetail,
  directoryUserList,
  type DirectoryUserQuery,
  directoryUserQuery,
  directoryUserView,
  type PasswordRequest,
  passwordRequest,
  type PatchUserRequest,
  patchUserRequest,
} from './directory.schemas.ts';
import { DirectoryCreation } from './directory-creation.service.ts';
import { DirectoryUsers } from './directory-users.service.ts';

@ApiTags('directory')
@Controller('/v1/directory/users')
export class DirectoryController {
  constructor(
    private readonly users: DirectoryUsers,
    private readonly creation: DirectoryCreation,
  ) {}

  @Post()
  @Access.apiKey('user:write')
  @ApiOperation({ operationId: 'createDirectoryUser', summary: 'Let a user sign in here' })
  @Returns(201, directoryUserView)
  async create(
    @Caller() caller: CallerContext,
    @body(createUserRequest) request: CreateUserRequest,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.creation.create(caller.application, request, idempotent));
  }

  @Get()
  @Access.apiKey('user:read')
  @ApiOperation({ operationId: 'listDirectoryUsers', summary: 'Who signs in here, by name' })
  @Returns(200, directoryUserList)
  async list(@Caller() caller: CallerContext, @query(directoryUserQuery) page: DirectoryUserQuery) {
    return answer(await this.users.list(caller.application.appId, page));
  }

  @Get(':username')
  @Access.apiKey('user:read')
  @ApiOperation({ operationId: 'getDirectoryUser', summary: 'One user' })
  @Returns(200, directoryUserDetail)
  async get(@Caller() caller: CallerContext, @param('username', usernameSchema) username: string) {
    return answer(await this.users.get(caller.application.appId, username));
  }

  @Patch(':username')
  @Access.apiKey('user:write')
  @ApiOperation({
    operationId: 'changeDirectoryUser',
    summary: 'Change the name, enable or disable; who is disabled is signed out at once',
  })
  @Returns(200, directoryUserView)
  async change(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @body(patchUserRequest) request: PatchUserRequest,
  ) {
    return answer(await this.users.change(caller.application.appId, username, request));
  }

  @Put(':username/password')
  @Access.apiKey('user:write')
  @ApiOperation({
    operationId: 'putDirectoryPassword',
    summary: 'Set a new password; sessions and tokens end, locks are lifted',
  })
  @Returns(204)
  async setPassword(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @body(passwordRequest) { password }: PasswordRequest,
  ): Promise<void> {
    answer(await this.users.setPassword(caller.application, username, password));
  }

  @Post(':username/unlock')
  @Access.apiKey('user:write')
  @ApiOperation({ operationId: 'unlockDirectoryUser', summary: 'Lift what wrong passwords locked' })
  @Returns(204)
  async unlock(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    answer(await this.users.unlock(caller.application.appId, username));
  }

  @Delete(':username')
  @Access.apiKey('user:write')
  @ApiOperation({
    operationId: 'deleteDirectoryUser',
    summary: 'Take the user out, with passcode, sessions, consents and tokens; factors of MFA stay',
  })
  @Returns(204)
  async delete(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    answer(await this.users.delete(caller.application.appId, username));
  }
}
