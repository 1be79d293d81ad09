import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type SetTokenRequest, setTokenRequest } from './external-token.schemas.ts';
import { ExternalTokenService } from './external-token.service.ts';

@ApiTags('external-tokens')
@Controller('v1/external-tokens')
export class ExternalTokenController {
  constructor(private readonly tokens: ExternalTokenService) {}

  /** The extension's own token, for one flow and its user (seed Q1); a later one takes its place. */
  @Put()
  @Access.apiKey('external:verify')
  @ApiOperation({ operationId: 'setExternalToken', summary: 'Set a token of your own for a flow' })
  @Returns(204)
  async set(@body(setTokenRequest) request: SetTokenRequest, @Caller() caller: CallerContext) {
    answer(await this.tokens.set(caller, request));
  }
}
