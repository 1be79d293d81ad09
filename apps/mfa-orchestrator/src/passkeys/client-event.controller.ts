import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { ClientEvents } from './client-events.ts';
import { clientEventAnswer, type ClientEventRequest, clientEventRequest } from './client-event.schemas.ts';

/** What LoginID's clients tell of ceremonies that failed before they reached us (contracts §1.7). */
@ApiTags('MFA flow')
@Controller('fido2/v2/client-events')
export class ClientEventController {
  constructor(private readonly events: ClientEvents) {}

  @Post('submit')
  @Access.session()
  @ApiOperation({
    operationId: 'submitClientEvent',
    summary: 'Tell of a ceremony that failed; changes nothing',
  })
  @Returns(200, clientEventAnswer)
  submit(@Caller() caller: CallerContext<SessionMatch>, @body(clientEventRequest) event: ClientEventRequest) {
    return answer(this.events.note(caller.session, event));
  }
}
