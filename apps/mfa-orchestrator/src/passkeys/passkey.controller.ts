import { Access, answer, body, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { resourceId } from '../resource-id.ts';
import { FactorService } from '../users/factor.service.ts';
import type { FactorOwner } from '../users/user.events.ts';
import { PasskeyService } from './passkey.service.ts';
import { providerOf } from './passkey-providers.decide.ts';
import { aaguid, passkeyList, providerView, type RenameRequest, renameRequest } from './passkey.schemas.ts';

const ownerOf = ({ application, userToken }: CallerContext): FactorOwner => ({
  appId: application.appId,
  userId: userToken.userId,
});

/** A user's own passkeys, by their access token. */
@ApiTags('Passkeys')
@Controller('fido2/v2/passkeys')
export class PasskeyController {
  constructor(
    private readonly passkeys: PasskeyService,
    private readonly factors: FactorService,
  ) {}

  @Get()
  @Access.userToken('passkey:read')
  @ApiOperation({ operationId: 'listPasskeys', summary: 'The user’s passkeys' })
  @Returns(200, passkeyList)
  async list(@Caller() caller: CallerContext) {
    return this.passkeys.list(ownerOf(caller));
  }

  @Get('aaguid/:aaguid')
  @Access.userToken('passkey:read')
  @ApiOperation({ operationId: 'showPasskeyProvider', summary: 'Who keeps passkeys of this AAGUID' })
  @Returns(200, providerView)
  provider(@param('aaguid', aaguid) id: string) {
    return providerOf(id);
  }

  @Put(':id')
  @Access.userToken('passkey:write')
  @ApiOperation({ operationId: 'renamePasskey', summary: 'Give a passkey another name' })
  @Returns(204)
  async rename(
    @Caller() caller: CallerContext,
    @param('id', resourceId) id: string,
    @body(renameRequest) { name }: RenameRequest,
  ) {
    answer(await this.passkeys.rename(ownerOf(caller), id, name));
  }

  @Delete(':id')
  @Access.userToken('passkey:write')
  @ApiOperation({
    operationId: 'deletePasskey',
    summary:
      'Remove a passkey; needs a recent login as strong as the strongest factor; every other login ends',
  })
  @Returns(204)
  async delete(@Caller() { application, userToken }: CallerContext, @param('id', resourceId) id: string) {
    answer(await this.factors.remove(application, userToken.userId, { kind: 'passkey', id }, userToken));
  }
}
