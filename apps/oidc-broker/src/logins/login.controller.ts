import { Access, FormBody, InjectLogger, type Logger } from '@countersign/service-kit';
import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSameOrigin } from '../pages/same-origin.decide.ts';
import { sendPage } from '../pages/send-page.ts';
import { RecordRepository } from '../storage/record.repository.ts';
import { RequestRecords, UserEnded, withRecords } from '../storage/request-records.ts';
import { LoginErrorPages } from './login-error-pages.ts';
import { LoginService } from './login.service.ts';
import type { LoginAnswer, LoginVisit } from './login-visit.types.ts';
import { LoginVisits } from './login-visits.ts';

/** The one page of a login in progress. Whose it is says the provider's cookie, which is bound to this path. */
@ApiExcludeController()
@Controller('/oidc/:app/interaction')
export class LoginController {
  constructor(
    private readonly visits: LoginVisits,
    private readonly logins: LoginService,
    private readonly errors: LoginErrorPages,
    private readonly records: RecordRepository,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  @Get(':uid')
  @Access.open()
  show(
    @Param('app') appId: string,
    @Param('uid') uid: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.visit(request, reply, { appId, uid }, (visit) => this.logins.show(visit));
  }

  @Post(':uid')
  @Access.open()
  @FormBody()
  submit(
    @Param('app') appId: string,
    @Param('uid') uid: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.visit(request, reply, { appId, uid }, (visit) => {
      const form = isSameOrigin(request.headers) ? formOf(body) : undefined;
      return form ? this.logins.submit(visit, form) : this.errors.foreign(visit.page);
    });
  }

  /** Runs within the provider's records of one request: what it writes is written together, before the answer leaves. */
  private async visit(
    request: FastifyRequest,
    reply: FastifyReply,
    of: { appId: string; uid: string },
    work: (visit: LoginVisit) => Promise<LoginAnswer>,
  ): Promise<void> {
    let answer: LoginAnswer;
    try {
      const records = new RequestRecords(this.records, of.appId);
      answer = await withRecords(records, async () => {
        const visit = await this.visits.open(request, reply, of);
        if (typeof visit === 'string') return this.errors.noVisit(of.appId, visit);
        const made = await work(visit);
        await records.flush();
        return made;
      });
    } catch (error) {
      answer =
        error instanceof UserEnded
          ? await this.errors.noVisit(of.appId, 'expired')
          : await this.errors.failed(of.appId, error, this.logger);
    }
    send(reply, answer);
  }
}

/** 303: whatever was POSTed, the browser goes on with GET and without the form (RFC 9700 §4.12). */
function send(reply: FastifyReply, answer: LoginAnswer): void {
  const { headers = {} } = answer;
  if (answer.kind === 'page') {
    // the last form of a login leads to the client
    void sendPage(reply, answer.html, { status: answer.status, leaves: true, headers });
    return;
  }
  void reply
    .headers({ ...headers, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .code(303)
    .header('location', answer.to)
    .send();
}

/** Texts alone; undefined for a body that is something else. */
function formOf(body: unknown): Record<string, string> | undefined {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) return undefined;
  const entries = Object.entries(body);
  return entries.every(([, value]) => typeof value === 'string')
    ? (Object.fromEntries(entries) as Record<string, string>)
    : undefined;
}
