import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANGE_SECONDS } from '../clients/built-in.ts';
import { type EnrolmentSubject, PasscodeEnrolment } from '../image-passcodes/passcode-enrolment.service.ts';
import { OwnCookies } from '../pages/own-cookies.ts';
import { redirect, sendPage } from '../pages/send-page.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { imagesShownCookie, passcodeCookie } from './account-cookies.ts';
import { AccountDoor, type OwnVisit } from './account-door.ts';
import { confirmAt, pageOfChange } from './account-forms.ts';
import { AccountViews } from './account-view.service.ts';
import { mayChangePasscode } from './standing.decide.ts';

/** Somebody who may make a passcode now. */
interface Making extends OwnVisit {
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
    private readonly cookies: OwnCookies,
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
    const { home, signedIn, subject } = making;
    const { session } = signedIn;
    const form = this.door.ownForm(request, making);
    const state = this.stateOf(request, making);
    if (!form) return this.send(reply, making, state, { status: 403 });
    const { clientAddress } = request;
    const outcome = await this.enrolment.submit(subject, { form, clientAddress }, state);
    if (outcome.kind === 'again') {
      const { error, retryAfterSeconds } = outcome;
      // choosing and repeating may take as long as changes may be made
      this.cookies.seal(request, reply, passcodeCookie(session), outcome.state, CHANGE_SECONDS);
      const status = error === undefined ? 200 : retryAfterSeconds === undefined ? 400 : 503;
      return this.send(reply, making, outcome.state, { error, status });
    }
    this.cookies.takeAway(request, reply, passcodeCookie(session));
    if (outcome.kind === 'refused') return redirect(reply, home);
    // it was about the former images
    if (subject.replaces) this.cookies.takeAway(request, reply, imagesShownCookie(session));
    // what was remembered, was on the word of the factors before
    await this.devices.revokeAll(session.appId, session.userId);
    redirect(reply, `${home}?done=passcode-set`);
  }

  /** Undefined: the answer is on its way, for this needs a recent, strong login (SES-02, security 18). */
  private async open(app: string, request: FastifyRequest, reply: FastifyReply): Promise<Making | undefined> {
    const visit = await this.door.enter(app, request, reply);
    if (!visit) return undefined;
    const { home, signedIn } = visit;
    const { standing, passcode } = await this.views.standing(signedIn.session);
    if (!mayChangePasscode(standing, passcode)) {
      redirect(reply, confirmAt(home, standing === 'confirm' ? 'confirm' : 'images'));
      return undefined;
    }
    const { appId, userId, uid: seed } = signedIn.session;
    const { username } = signedIn.user;
    // who had none a moment ago replaces none: one made meanwhile in another window stays
    return { ...visit, subject: { appId, userId, username, seed, replaces: passcode === 'shown' } };
  }

  private stateOf(request: FastifyRequest, { signedIn }: Making): unknown {
    return this.cookies.open(request, passcodeCookie(signedIn.session));
  }

  private async send(
    reply: FastifyReply,
    making: Making,
    state: unknown,
    { error, status = 200 }: { error?: string | undefined; status?: number } = {},
  ): Promise<void> {
    const page = await pageOfChange(making, { at: 'passcode', title: 'Image passcode' }, (context) =>
      this.enrolment.page(making.subject, context, state, error),
    );
    sendPage(reply, page, { status });
  }
}
