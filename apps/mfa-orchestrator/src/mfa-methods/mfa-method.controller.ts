import { refuse } from '@countersign/kernel';
import { Access, answer, body, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { sent } from '../otp/sent.ts';
import {
  type Mechanism,
  mechanism,
  mfaMethodList,
  type MfaMethodRequest,
  mfaMethodRequest,
  mfaMethodView,
  newMfaMethodRequest,
  testRequest,
} from './mfa-method.schemas.ts';
import { MfaMethods } from './mfa-method.service.ts';

const methodId = z.string().max(64);

/** A method has its mechanism's name as id; there are no others. */
function methodNamed(id: string): Mechanism {
  const known = mechanism.safeParse(id);
  return known.success ? known.data : answer(refuse('mfa/method-not-found'));
}

/** One-time codes by e-mail and SMS, in Cloudentity's words (contracts §4.1). */
@ApiTags('MFA methods')
@Controller('v1/mfa-methods')
export class MfaMethodController {
  constructor(private readonly methods: MfaMethods) {}

  @Get()
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'listMfaMethods', summary: 'How codes are sent' })
  @Returns(200, mfaMethodList)
  async list(@Caller() { application }: CallerContext) {
    return { mfa_methods: await this.methods.list(application) };
  }

  @Post()
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'createMfaMethod', summary: 'Have codes sent by a mechanism' })
  @Returns(201, mfaMethodView)
  async create(
    @Caller() { application }: CallerContext,
    @body(newMfaMethodRequest) request: z.output<typeof newMfaMethodRequest>,
  ) {
    const wanted = { enabled: true, ...request };
    return answer(await this.methods.write(application, request.mechanism, wanted));
  }

  @Get(':id')
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'getMfaMethod', summary: 'One method' })
  @Returns(200, mfaMethodView)
  async read(@Caller() { application }: CallerContext, @param('id', methodId) id: string) {
    return this.methods.read(application, methodNamed(id));
  }

  @Put(':id')
  @Access.apiKey('app:write')
  @ApiOperation({
    operationId: 'changeMfaMethod',
    summary: 'Change length, lifetime or texts, or switch it off',
  })
  @Returns(200, mfaMethodView)
  async change(
    @Caller() { application }: CallerContext,
    @param('id', methodId) id: string,
    @body(mfaMethodRequest) request: MfaMethodRequest,
  ) {
    return answer(await this.methods.write(application, methodNamed(id), request));
  }

  @Delete(':id')
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'deleteMfaMethod', summary: 'Have no codes sent that way; its settings stay' })
  @Returns(204)
  async remove(@Caller() { application }: CallerContext, @param('id', methodId) id: string) {
    answer(await this.methods.write(application, methodNamed(id), { enabled: false }));
  }

  @Post(':id/test')
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'testMfaMethod', summary: 'Send a code that is good for nothing' })
  @Returns(204)
  async test(
    @Caller() { application, clientAddress }: CallerContext,
    @param('id', methodId) id: string,
    @body(testRequest) { address }: z.output<typeof testRequest>,
  ) {
    sent(await this.methods.test(application, methodNamed(id), address, clientAddress));
  }
}
