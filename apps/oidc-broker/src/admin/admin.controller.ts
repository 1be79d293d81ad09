import { PLATFORM_APP } from '@countersign/contracts';
import { constantTimeEqual, ServiceUnavailable } from '@countersign/security';
import { Access, type ApplicationDirectory, FormBody, InjectDirectory } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientRepository } from '../clients/client.repository.ts';
import type { ErrorPage } from '../pages/error-page.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import { formFields } from '../pages/form-fields.decide.ts';
import { isSameOrigin } from '../pages/same-origin.decide.ts';
import { redirect, sendError, sendPage } from '../pages/send-page.ts';
import { AdminDoor } from './admin-door.ts';
import { applicationsPage, clientsPage, welcomePage } from './admin.page.ts';
import { AdminSessions } from './admin-sessions.ts';
import { ApplicationGateway } from './application.gateway.ts';

const SHOWN = 50;
type Asked = Record<string, unknown>;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 1000 ? value : undefined;

/** The administrators' first page: applications and their clients, to read. */
@ApiExcludeController()
@Controller('/admin')
export class AdminController {
  constructor(
    private readonly door: AdminDoor,
    private readonly sessions: AdminSessions,
    private readonly applications: ApplicationGateway,
    private readonly clients: ClientRepository,
    private readonly contexts: PageContexts,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  @Get()
  @Access.open()
  async list(
    @Query() { cursor }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const context = await this.contexts.findOrPlain(PLATFORM_APP);
    const admin = await this.door.administrator(request);
    if (!admin) return void sendPage(reply, welcomePage(context));
    try {
      const page = await this.applications.list(text(cursor), SHOWN);
      if (!page) return this.refuse(reply, NOWHERE);
      sendPage(reply, applicationsPage(context, admin, page));
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
      sendError(reply, context, AWAY);
    }
  }

  @Get('applications/:id')
  @Access.open()
  async application(
    @Param('id') id: string,
    @Query() asked: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const admin = await this.door.administrator(request);
    if (!admin) return redirect(reply, '/admin');
    const application = await this.directory.byId(id.toLowerCase());
    if (!application) return this.refuse(reply, NOWHERE);
    const found = await this.clients.list(application.appId, text(asked.after), SHOWN + 1);
    const clients = found.slice(0, SHOWN);
    const after = found.length > SHOWN ? clients.at(-1)?.clientId : undefined;
    const context = await this.contexts.findOrPlain(PLATFORM_APP);
    sendPage(reply, clientsPage(context, admin, application, { clients, after }));
  }

  @Get('sign-in')
  @Access.open()
  signIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.door.begin(request, reply);
  }

  @Get('callback')
  @Access.open()
  async callback(
    @Query() asked: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (await this.door.finish(asked, request, reply)) return redirect(reply, '/admin');
    await this.refuse(reply, REFUSED);
  }

  @Post('sign-out')
  @Access.open()
  @FormBody()
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const token = this.door.token(request);
    const admin = await this.sessions.find(token);
    if (token === undefined || !admin) return redirect(reply, '/admin');
    const sent = formFields(request.body)?.token ?? '';
    if (!isSameOrigin(request.headers) || !constantTimeEqual(sent, admin.formToken))
      return this.refuse(reply, NOWHERE);
    await this.sessions.end(token);
    // and of the provider, or whoever comes next to this browser is signed in with a click
    redirect(reply, `/oidc/${PLATFORM_APP}/logout`);
  }

  private async refuse(reply: FastifyReply, error: ErrorPage): Promise<void> {
    sendError(reply, await this.contexts.findOrPlain(PLATFORM_APP), error);
  }
}

const back = { href: '/admin', label: 'Administration' };
const NOWHERE = {
  status: 404,
  title: 'There is nothing here',
  detail: 'That page does not exist, or no longer.',
  link: back,
};
const AWAY = {
  status: 503,
  title: 'Not right now',
  detail: 'The list of applications cannot be read at the moment. Try again in a minute.',
  link: back,
};
const REFUSED = {
  status: 403,
  title: 'You are not signed in',
  detail: 'Signing in was not finished, took too long, or showed one factor only.',
  link: back,
};
