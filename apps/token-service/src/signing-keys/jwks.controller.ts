import { Access, Caller, CallerContext, Reply, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { SigningKeyService } from './signing-key.service.ts';

const jwks = z
  .object({
    keys: z.array(
      z.strictObject({
        kty: z.string(),
        use: z.literal('sig'),
        key_ops: z.array(z.literal('verify')),
        alg: z.string(),
        kid: z.string(),
        crv: z.string(),
        x: z.string(),
        y: z.string(),
      }),
    ),
  })
  .meta({ id: 'JsonWebKeySet' });

@ApiTags('tokens')
@Controller('fido2/v2/.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeyService) {}

  /** Public keys of the application's tokens (ES256). */
  @Get('jwks.json')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'getJwks', summary: 'Public keys of the application’s tokens' })
  @Returns(200, jwks)
  async keys(@Caller() caller: CallerContext) {
    const keys = await this.signingKeys.published(caller.application.appId);
    // short: a key that retired at once is soon believed nowhere; one that is new is asked for by its kid
    return new Reply(200, { keys }, { 'cache-control': 'public, max-age=60' });
  }
}
