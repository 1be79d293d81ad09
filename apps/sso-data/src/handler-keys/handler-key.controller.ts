import { publicKeySet } from '@countersign/contracts';
import { Access, Caller, CallerContext, Reply, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HandlerKeys } from './handler-keys.ts';

/** Public keys with which a vendor's handler tells that a request is from us. */
@ApiTags('sso')
@Controller('/v1/sso')
export class HandlerKeyController {
  constructor(private readonly keys: HandlerKeys) {}

  @Get('jwks.json')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'handlerKeys', summary: 'Keys that verify requests to handlers (EdDSA)' })
  @Returns(200, publicKeySet('HandlerKeys'))
  async jwks(@Caller() { application }: CallerContext) {
    const keys = await this.keys.publicKeys(application.appId);
    return new Reply(200, { keys }, { 'cache-control': 'public, max-age=60' });
  }
}
