import { usernameSchema } from '@countersign/contracts';
import { Access, answer, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { OwnFactor } from '../policies/factors.ts';
import { resourceId } from '../resource-id.ts';
import { factorKind } from './factor.schemas.ts';
import { userView } from './user.schemas.ts';
import { UserService } from './user.service.ts';

/** Users of an application, for management. */
@ApiTags('Users')
@Controller('v1/users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Get(':username')
  @Access.apiKey('user:read')
  @ApiOperation({ operationId: 'showUser', summary: 'Factors, devices and locks of a user' })
  @Returns(200, userView)
  async show(@Caller() { application }: CallerContext, @param('username', usernameSchema) username: string) {
    return answer(await this.users.show(application, username));
  }

  @Delete(':username/factors/:kind/:id')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'removeUserFactor', summary: 'Remove a factor of a user' })
  @Returns(204)
  async removeFactor(
    @Caller() { application }: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('kind', factorKind) kind: OwnFactor | undefined,
    @param('id', resourceId) id: string,
  ) {
    answer(await this.users.removeFactor(application, username, { kind, id }));
  }

  @Delete(':username/devices/:id')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'revokeUserDevice', summary: 'Trust a device of a user no more' })
  @Returns(204)
  async revokeDevice(
    @Caller() { application }: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('id', resourceId) id: string,
  ) {
    answer(await this.users.revokeDevice(application.appId, username, id));
  }

  @Post(':username/unlock')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'unlockUser', summary: 'Lift what is locked or muted' })
  @Returns(204)
  async unlock(
    @Caller() { application }: CallerContext,
    @param('username', usernameSchema) username: string,
  ) {
    answer(await this.users.unlock(application.appId, username));
  }

  @Post(':username/reset')
  @Access.apiKey('profile:write')
  @ApiOperation({
    operationId: 'resetUser',
    summary: 'Take the user’s factors, flows and locks away; the user stays',
  })
  @Returns(204)
  async reset(@Caller() { application }: CallerContext, @param('username', usernameSchema) username: string) {
    answer(await this.users.reset(application.appId, username));
  }

  @Delete(':username')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'deleteUser', summary: 'Delete a user in every service' })
  @Returns(204)
  async delete(
    @Caller() { application }: CallerContext,
    @param('username', usernameSchema) username: string,
  ) {
    answer(await this.users.delete(application.appId, username));
  }
}
