import { publicKeySet } from '@countersign/contracts';
import { Access, Caller, CallerContext, Reply, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DecisionKeys } from './decision-keys.ts';

/** Public keys with which anybody verifies an application's decisions. */
@ApiTags('Decisions')
@Controller('v1/decisions')
export class DecisionController {
  constructor(private readonly keys: DecisionKeys) {}

  @Get('jwks.json')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'decisionKeys', summary: 'Keys that verify decisions (EdDSA)' })
  @Returns(200, publicKeySet('DecisionKeys'))
  async jwks(@Caller() { application }: CallerContext) {
    const keys = await this.keys.publicKeys(application.appId);
    return new Reply(200, { keys }, { 'cache-control': 'public, max-age=60' });
  }
}
