import { SealInvalid, Vault } from '@countersign/security';
import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type EnrolmentSubject, PasscodeEnrolment } from '../image-passcodes/passcode-enrolment.service.ts';
import { readCookie, setCookie } from '../pages/cookies.decide.ts';
import { type Html, html } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import { sendPage } from '../pages/send-page.ts';
import { Providers } from '../providers/providers.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { AccountDoor, type AccountVisit, redirect } from './account-door.ts';
import type { SignedIn } from './account-sessions.ts';
import { AccountViews } from './account-view.service.ts';
import { FormTokens } from './form-tokens.ts';

/** How long choosing and repeating may take: as long as changes may be made. */
const SECONDS = 300;

/** Somebody who may make a passcode now, and how far they are. */
interface Making extends AccountVisit {
  signedIn: SignedIn;
  subject: EnrolmentSubject;
}

/** The user makes an image passcode, or another one. What is kept between the pages lies sealed in the browser. */
@ApiExcludeController()
@Controller('/oidc/:app/account/passcode')
export class AccountPasscodeController {
  constructor(
    private readonly door: AccountDoor,
    private readonly views: AccountViews,
    private readonly enrolment: PasscodeEnrolment,
    private readonly devices: RememberedDevices,
    private readonly tokens: FormTokens,
    private readonly providers: Providers,
    private readonly vault: Vault,
  ) {}

  @Get()
  @Access.open()
  async show(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const making = await this.open(app, request, reply);
    if (making) await this.send(reply, making, this.stateOf(request, making));
  }

  @Post()
  @Access.open()
  @FormBody()
  async submit(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const making = await this.open(app, request, reply);
    if (!making) return;
    const { context, signedIn, subject } = making;
    const form = (request.body ?? {}) as Record<string, string>;
    const state = this.stateOf(request, making);
    if (!this.door.isOwnForm(request, signedIn.session, form))
      return this.send(reply, making, state, { status: 403 });
    const { clientAddress } = request;
    const outcome = await this.enrolment.submit(subject, { form, clientAddress }, state);
    if (outcome.kind === 'again') {
      const { error, retryAfterSeconds } = outcome;
      this.keep(request, reply, making, outcome.state);
      const status = error === undefined ? 200 : retryAfterSeconds === undefined ? 400 : 503;
      return this.send(reply, making, outcome.state, { error, status });
    }
    this.keep(request, reply, making, undefined);
    if (outcome.kind === 'refused') return redirect(reply, `${context.base}/account`);
    // what was remembered, was on the word of the factors before
    await this.devices.revokeAll(context.appId, signedIn.session.userId);
    redirect(reply, `${context.base}/account?done=passcode-set`);
  }

  /** Undefined: the answer is on its way, for this needs a recent, strong login (SES-02, security 18). */
  private async open(app: string, request: FastifyRequest, reply: FastifyReply): Promise<Making | undefined> {
    const visit = await this.door.find(app, request, reply);
    if (!visit) return undefined;
    const { context, signedIn } = visit;
    if (!signedIn || (await this.views.standing(signedIn.session)) !== 'sure') {
      redirect(reply, `${context.base}/account/sign-in${signedIn ? '?confirm=yes' : ''}`);
      return undefined;
    }
    const { appId, userId, uid: seed } = signedIn.session;
    const subject = { appId, userId, username: signedIn.user.username, seed, replaces: true };
    return { ...visit, signedIn, subject };
  }

  private async send(
    reply: FastifyReply,
    { context, signedIn, subject }: Making,
    state: unknown,
    { error, status = 200 }: { error?: string | undefined; status?: number } = {},
  ): Promise<void> {
    const action = `${context.base}/account/passcode`;
    const page = { ...context, action, formToken: this.tokens.of(signedIn.session) };
    const main = await this.enrolment.page(subject, page, state, error);
    sendPage(reply, layout(page, 'Image passcode', main, { header: back(context.base) }), { status });
  }

  private stateOf(request: FastifyRequest, { context, subject }: Making): unknown {
    const sealed = readCookie(
      request.headers.cookie,
      nameOf(context.appId),
      this.isSecure(request, context.appId),
    );
    if (sealed === undefined) return {};
    try {
      return JSON.parse(this.vault.open(sealed, sealOf(subject))) as unknown;
    } catch (error) {
      if (error instanceof SealInvalid) return {};
      throw error;
    }
  }

  private keep(
    request: FastifyRequest,
    reply: FastifyReply,
    { context, subject }: Making,
    state: unknown,
  ): void {
    const value = state === undefined ? '' : this.vault.seal(JSON.stringify(state), sealOf(subject));
    const isSecure = this.isSecure(request, context.appId);
    const seconds = state === undefined ? 0 : SECONDS;
    void reply.header('set-cookie', setCookie({ name: nameOf(context.appId), value, seconds, isSecure }));
  }

  private isSecure({ headers }: FastifyRequest, appId: string): boolean {
    return this.providers.originOf(appId, headers.host).startsWith('https:');
  }
}

const back = (base: string): Html => html`<nav><a href="${base}/account">Your account</a></nav>`;
const nameOf = (appId: string): string => `cs-passcode-${appId}`;
const sealOf = ({ appId, userId = '', seed }: EnrolmentSubject): string =>
  `passcode-making/${appId}/${userId}/${seed}`;
