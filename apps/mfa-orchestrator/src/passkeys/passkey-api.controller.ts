import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BeginCaller } from '../flows/begin-facts.ts';
import { AuthenticationApi } from './authentication-api.service.ts';
import {
  type AuthCompleteRequest,
  authCompleteRequest,
  authInitAnswer,
  type AuthInitRequest,
  authInitRequest,
  jwtAnswer,
  type RegCompleteRequest,
  regCompleteRequest,
  regInitAnswer,
  type RegInitRequest,
  regInitRequest,
  txCompleteAnswer,
  type TxCompleteRequest,
  txCompleteRequest,
  txInitAnswer,
  type TxInitRequest,
  txInitRequest,
} from './passkey-api.schemas.ts';
import { RegistrationApi } from './registration-api.service.ts';
import { TransactionApi } from './transaction-api.service.ts';

/** Nobody logs in, or confirms, by an earlier login: what the user has is asked for. */
const beginCaller = ({ application, clientAddress, userAgent }: CallerContext): BeginCaller => ({
  application,
  clientAddress,
  userAgent,
  accessToken: undefined,
});

/** LoginID's passkey API outside its MFA API: what `@loginid/websdk3` 1.6.0 calls (contracts §1.9). */
@ApiTags('Passkeys')
@Controller('fido2/v2')
export class PasskeyApiController {
  constructor(
    private readonly registrations: RegistrationApi,
    private readonly authentications: AuthenticationApi,
    private readonly transactions: TransactionApi,
  ) {}

  @Post('reg/init')
  @Access.userToken(undefined, { optional: true })
  @ApiOperation({ operationId: 'regInit', summary: 'Begin to register a passkey' })
  @Returns(200, regInitAnswer)
  async regInit(@Caller() caller: CallerContext, @body(regInitRequest) request: RegInitRequest) {
    return answer(await this.registrations.init(request, beginCaller(caller), caller.userTokenIfAny));
  }

  @Post('reg/complete')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'regComplete', summary: 'Keep the passkey and log its user in' })
  @Returns(200, jwtAnswer)
  async regComplete(@Caller() caller: CallerContext, @body(regCompleteRequest) request: RegCompleteRequest) {
    const { application, requestHash } = caller;
    return answer(await this.registrations.complete(application.appId, requestHash, request));
  }

  @Post('auth/init')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'authInit', summary: 'Begin a login by passkey' })
  @Returns(200, authInitAnswer)
  async authInit(@Caller() caller: CallerContext, @body(authInitRequest) request: AuthInitRequest) {
    return answer(await this.authentications.init(request, beginCaller(caller)));
  }

  @Post('auth/complete')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'authComplete', summary: 'Log in by passkey, where policy asks for no more' })
  @Returns(200, jwtAnswer)
  async authComplete(
    @Caller() caller: CallerContext,
    @body(authCompleteRequest) request: AuthCompleteRequest,
  ) {
    const { application, requestHash } = caller;
    return answer(await this.authentications.complete(application.appId, requestHash, request));
  }

  @Post('tx/init')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'txInit', summary: 'Begin to confirm a payload by passkey' })
  @Returns(200, txInitAnswer)
  async txInit(@Caller() caller: CallerContext, @body(txInitRequest) request: TxInitRequest) {
    return answer(await this.transactions.init(request, beginCaller(caller)));
  }

  @Post('tx/complete')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'txComplete', summary: 'Confirm it: the payload, signed' })
  @Returns(200, txCompleteAnswer)
  async txComplete(@Caller() caller: CallerContext, @body(txCompleteRequest) request: TxCompleteRequest) {
    const { application, requestHash } = caller;
    return answer(await this.transactions.complete(application.appId, requestHash, request));
  }
}
