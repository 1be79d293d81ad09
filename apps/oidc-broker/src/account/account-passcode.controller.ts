import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type EnrolmentSubject, PasscodeEnrolment } from '../image-passcodes/passcode-enrolment.service.ts';
import { layout } from '../pages/layout.ts';
import { sendPage } from '../pages/send-page.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { AccountDoor, type AccountVisit, redirect } from './account-door.ts';
import { back } from './account-forms.ts';
import type { SignedIn } from './account-sessions.ts';
import { AccountViews } from './account-view.service.ts';
import { FormTokens } from './form-tokens.ts';
import { type Kept, SealedCookies } from './sealed-cookies.ts';
import { mayChangePasscode } from './standing.decide.ts';

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
    private readonly cookies: SealedCookies,
  ) {}

  @Get()
  @Access.open()
  async show(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const making = await this.open(app, request, reply);
    if (making) await this.send(reply, making, this.cookies.read(request, keptOf(making)));
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
    const kept = keptOf(making);
    const state = this.cookies.read(request, kept);
    if (!this.door.isOwnForm(request, signedIn.session, form))
      return this.send(reply, making, state, { status: 403 });
    const { clientAddress } = request;
    const outcome = await this.enrolment.submit(subject, { form, clientAddress }, state);
    if (outcome.kind === 'again') {
      const { error, retryAfterSeconds } = outcome;
      this.cookies.keep(request, reply, kept, outcome.state, SECONDS);
      const status = error === undefined ? 200 : retryAfterSeconds === undefined ? 400 : 503;
      return this.send(reply, making, outcome.state, { error, status });
    }
    this.cookies.keep(request, reply, kept);
    if (outcome.kind === 'refused') return redirect(reply, `${context.base}/account`);
    // it was about the former images
    if (subject.replaces) this.cookies.keep(request, reply, { ...kept, name: 'cs-images-shown' });
    // what was remembered, was on the word of the factors before
    await this.devices.revokeAll(context.appId, signedIn.session.userId);
    redirect(reply, `${context.base}/account?done=passcode-set`);
  }

  /** Undefined: the answer is on its way, for this needs a recent, strong login (SES-02, security 18). */
  private async open(app: string, request: FastifyRequest, reply: FastifyReply): Promise<Making | undefined> {
    const visit = await this.door.find(app, request, reply);
    if (!visit) return undefined;
    const { context, signedIn } = visit;
    const to = `${context.base}/account`;
    if (!signedIn) {
      redirect(reply, `${to}/sign-in`);
      return undefined;
    }
    const { standing, passcode } = await this.views.standing(signedIn.session);
    if (!mayChangePasscode(standing, passcode)) {
      redirect(reply, standing === 'confirm' ? `${to}/sign-in?confirm=yes` : `${to}/confirm`);
      return undefined;
    }
    const { appId, userId, uid: seed } = signedIn.session;
    const { username } = signedIn.user;
    // who had none a moment ago replaces none: one made meanwhile in another window stays
    const subject = { appId, userId, username, seed, replaces: passcode === 'shown' };
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
}

const keptOf = ({ signedIn: { session } }: Making): Kept => ({ ...session, name: 'cs-passcode' });
