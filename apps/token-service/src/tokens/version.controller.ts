import { Access, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';

const version = z.object({ version: z.string() }).meta({ id: 'Version' });

@ApiTags('tokens')
@Controller('fido2/v2')
export class VersionController {
  /** Version of the API (contracts §1.10). */
  @Get('version')
  @Access.open()
  @ApiOperation({ operationId: 'getVersion', summary: 'Version of the API' })
  @Returns(200, version)
  read() {
    return { version: '2.0.0' };
  }
}
