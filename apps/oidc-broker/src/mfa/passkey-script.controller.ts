import { Access } from '@countersign/service-kit';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PASSKEY_SCRIPT } from './passkey-script.ts';

/** The one script that pages of logins have. */
@ApiExcludeController()
@Controller('/oidc/:app/assets')
export class PasskeyScriptController {
  @Get('passkey.js')
  @Access.open()
  script(@Res() reply: FastifyReply): void {
    void reply
      .headers({
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=60',
        'cross-origin-resource-policy': 'same-origin',
      })
      .send(PASSKEY_SCRIPT);
  }
}
