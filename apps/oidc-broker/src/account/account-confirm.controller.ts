import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Challenged, ImagePasscodeStep } from '../image-passcodes/image-passcode-step.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { errorPage } from '../pages/error-page.ts';
import { html } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import { type PageRules, sendPage } from '../pages/send-page.ts';
import { AccountDoor, type AccountVisit, redirect } from './account-door.ts';
import { back } from './account-forms.ts';
import type { SignedIn } from './account-sessions.ts';
import { AccountViews } from './account-view.service.ts';
import type { ImagesShown } from './account.types.ts';
import { FormTokens } from './form-tokens.ts';
import { SealedCookies } from './sealed-cookies.ts';
import { CHANGE_SECONDS } from './standing.decide.ts';

interface Confirming extends AccountVisit {
  signedIn: SignedIn;
  subject: Challenged;
  /** Of the passcode that is asked for. */
  enrolledAt: Date;
}

/** Asks whoever has an image passcode for it before changes: a password alone must not do (SES-02, security 18). */
@ApiExcludeController()
@Controller('/oidc/:app/account/confirm')
export class AccountConfirmController {
  constructor(
    private readonly door: AccountDoor,
    private readonly views: AccountViews,
    private readonly step: ImagePasscodeStep,
    private readonly passcodes: ImagePasscodes,
    private readonly tokens: FormTokens,
    private readonly cookies: SealedCookies,
  ) {}

  @Get()
  @Access.open()
  async show(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const confirming = await this.open(app, request, reply);
    if (confirming) await this.send(reply, confirming);
  }

  @Post()
  @Access.open()
  @FormBody()
  async submit(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const confirming = await this.open(app, request, reply);
    if (!confirming) return;
    const { context, signedIn, subject, enrolledAt } = confirming;
    const { session } = signedIn;
    const form = (request.body ?? {}) as Record<string, string>;
    if (!this.door.isOwnForm(request, session, form))
      return this.send(reply, confirming, undefined, { status: 403 });
    const outcome = await this.step.submit(subject, { form, clientAddress: request.clientAddress });
    if (outcome.kind === 'again') {
      const { error, retryAfterSeconds } = outcome;
      if (retryAfterSeconds === undefined) return this.send(reply, confirming, error, { status: 400 });
      const headers = { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
      return this.send(reply, confirming, error, { status: 429, headers });
    }
    if (outcome.kind === 'ended') {
      const link = { href: `${context.base}/account`, label: 'Your account' };
      sendPage(reply, errorPage(context, { ...TOO_MANY, link }), { status: TOO_MANY.status });
      return;
    }
    const shown: ImagesShown = { at: outcome.proof.at, enrolledAt: enrolledAt.getTime() };
    this.cookies.keep(request, reply, { ...session, name: 'cs-images-shown' }, shown, CHANGE_SECONDS);
    redirect(reply, `${context.base}/account?done=confirmed`);
  }

  /** Undefined: the answer is on its way. Only who has just signed in gets to guess, and by all else the user has. */
  private async open(
    app: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Confirming | undefined> {
    const visit = await this.door.find(app, request, reply);
    if (!visit) return undefined;
    const { context, signedIn } = visit;
    const to = `${context.base}/account`;
    const { standing, passcode } = signedIn
      ? await this.views.standing(signedIn.session)
      : ({ standing: 'confirm' } as const);
    if (!signedIn || standing === 'confirm') {
      redirect(reply, `${to}/sign-in${signedIn ? '?confirm=yes' : ''}`);
      return undefined;
    }
    const { appId, userId, uid } = signedIn.session;
    const enrolledAt = passcode === 'held' ? await this.passcodes.enrolledAt(appId, userId) : undefined;
    if (!enrolledAt) {
      redirect(reply, to);
      return undefined;
    }
    return {
      ...visit,
      signedIn,
      enrolledAt,
      subject: { appId, uid, userId, username: signedIn.user.username },
    };
  }

  private async send(
    reply: FastifyReply,
    { context, signedIn, subject }: Confirming,
    error?: string,
    rules: PageRules = {},
  ): Promise<void> {
    const action = `${context.base}/account/confirm`;
    const page = { ...context, action, formToken: this.tokens.of(signedIn.session) };
    const main = `${await this.step.page(subject, page, error)}${FORGOTTEN.text}`;
    sendPage(reply, layout(page, 'Confirm it is you', main, { header: back(context.base) }), rules);
  }
}

const FORGOTTEN = html`<p class="hint">
  You have forgotten them? Ask those who run this service to take them away. You can choose new ones then.
</p>`;

const TOO_MANY = {
  status: 429,
  title: 'Too many wrong tries',
  detail: 'Your images are not accepted here for an hour. Nothing was changed.',
};
