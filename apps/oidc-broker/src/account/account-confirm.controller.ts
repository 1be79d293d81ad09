import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANGE_SECONDS } from '../clients/built-in.ts';
import { type Challenged, ImagePasscodeStep } from '../image-passcodes/image-passcode-step.ts';
import { html } from '../pages/html.ts';
import { OwnCookies } from '../pages/own-cookies.ts';
import { type PageRules, redirect, sendError, sendPage } from '../pages/send-page.ts';
import { imagesShownCookie } from './account-cookies.ts';
import { AccountDoor, type OwnVisit } from './account-door.ts';
import { confirmAt, pageOfChange } from './account-forms.ts';
import { AccountViews } from './account-view.service.ts';
import type { ImagesShown } from './account.types.ts';

interface Confirming extends OwnVisit {
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
    private readonly cookies: OwnCookies,
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
    const { context, home, signedIn, subject, enrolledAt } = confirming;
    const form = this.door.ownForm(request, confirming);
    if (!form) return this.send(reply, confirming, undefined, { status: 403 });
    const outcome = await this.step.submit(subject, { form, clientAddress: request.clientAddress });
    if (outcome.kind === 'again') {
      const { error, retryAfterSeconds } = outcome;
      if (retryAfterSeconds === undefined) return this.send(reply, confirming, error, { status: 400 });
      const headers = { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
      return this.send(reply, confirming, error, { status: 429, headers });
    }
    if (outcome.kind === 'ended')
      return void sendError(reply, context, { ...TOO_MANY, link: { href: home, label: 'Your account' } });
    const shown: ImagesShown = { at: outcome.proof.at, enrolledAt: enrolledAt.getTime() };
    this.cookies.seal(request, reply, imagesShownCookie(signedIn.session), shown, CHANGE_SECONDS);
    redirect(reply, `${home}?done=confirmed`);
  }

  /** Undefined: the answer is on its way. Only who has just signed in gets to guess, and by all else the user has. */
  private async open(
    app: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Confirming | undefined> {
    const visit = await this.door.enter(app, request, reply);
    if (!visit) return undefined;
    const { home, signedIn } = visit;
    const { standing, passcode, enrolledAt } = await this.views.standing(signedIn.session);
    if (standing === 'confirm' || passcode !== 'held' || !enrolledAt) {
      redirect(reply, standing === 'confirm' ? confirmAt(home, standing) : home);
      return undefined;
    }
    const { appId, userId, uid } = signedIn.session;
    return { ...visit, enrolledAt, subject: { appId, uid, userId, username: signedIn.user.username } };
  }

  private async send(
    reply: FastifyReply,
    confirming: Confirming,
    error?: string,
    rules: PageRules = {},
  ): Promise<void> {
    const page = await pageOfChange(
      confirming,
      { at: 'confirm', title: 'Confirm it is you' },
      async (context) => `${await this.step.page(confirming.subject, context, error)}${FORGOTTEN.text}`,
    );
    sendPage(reply, page, rules);
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
