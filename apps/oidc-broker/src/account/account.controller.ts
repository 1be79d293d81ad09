import type { Application } from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import { sha256 } from '@countersign/security';
import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageContext } from '../logins/login.types.ts';
import { errorPage } from '../pages/error-page.ts';
import { sendPage } from '../pages/send-page.ts';
import { Providers } from '../providers/providers.ts';
import { AccountChanges } from './account-changes.service.ts';
import { AccountDoor, redirect } from './account-door.ts';
import type { SignedIn } from './account-sessions.ts';
import { AccountViews } from './account-view.service.ts';
import { accountPage, type Told } from './account.page.ts';
import { NOTICES, type NoticeCode, type Standing } from './account.types.ts';
import { FormTokens } from './form-tokens.ts';
import { signInAddress } from './sign-in.decide.ts';
import { CHANGE_SECONDS, isSecond } from './standing.decide.ts';

type Form = Record<string, string>;
type Asked = Record<string, unknown>;

/** Of rounds that are to end in changes. It opens nothing: who forges it leads a user to the page of the images. */
const CONFIRMING = 'confirm.';

/** The user's own page. */
@ApiExcludeController()
@Controller('/oidc/:app/account')
export class AccountController {
  constructor(
    private readonly door: AccountDoor,
    private readonly providers: Providers,
    private readonly views: AccountViews,
    private readonly changes: AccountChanges,
    private readonly tokens: FormTokens,
  ) {}

  @Get()
  @Access.open()
  async show(
    @Param('app') app: string,
    @Query() { done }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.door.find(app, request, reply);
    if (!found) return;
    const { context, application, signedIn } = found;
    if (!signedIn) return redirect(reply, `${context.base}/account/sign-in`);
    const notice =
      typeof done === 'string' && Object.hasOwn(NOTICES, done) ? (done as NoticeCode) : undefined;
    return this.send(reply, context, application, signedIn, { notice: notice && NOTICES[notice] });
  }

  @Post()
  @Access.open()
  @FormBody()
  async change(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.door.find(app, request, reply);
    if (!found) return;
    const { context, application, signedIn } = found;
    const { base } = context;
    if (!signedIn) return redirect(reply, `${base}/account/sign-in`);
    const { session } = signedIn;
    const form = (request.body ?? {}) as Form;
    if (!this.door.isOwnForm(request, session, form)) {
      const error = 'That form was not of this session. Nothing was changed.';
      return this.send(reply, context, application, signedIn, { error: { about: 'page', text: error } }, 403);
    }
    const { clientAddress } = request;
    const outcome = await this.changes.make({ session, form, clientAddress });
    if (outcome.kind === 'done') return redirect(reply, `${base}/account?done=${outcome.notice}`);
    if (outcome.kind === 'images') return redirect(reply, `${base}/account/confirm`);
    if (outcome.kind === 'confirm') return redirect(reply, `${base}/account/sign-in?confirm=yes`);
    const { about, error: text, status = 400 } = outcome;
    return this.send(reply, context, application, signedIn, { error: { about, text } }, status);
  }

  @Get('sign-in')
  @Access.open()
  async signIn(
    @Param('app') app: string,
    @Query() { confirm }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.door.find(app, request, reply);
    if (!found) return;
    const { context, signedIn } = found;
    const { appId } = context;
    if (signedIn && confirm !== undefined && (await this.standing(signedIn)) === 'images')
      return redirect(reply, `${context.base}/account/confirm`);
    const address = signInAddress({
      ...{ appId, origin: this.providers.originOf(appId, request.headers.host) },
      ...{ codeChallenge: sha256(randomToken()), nonce: randomToken() },
      state: `${confirm === undefined ? '' : CONFIRMING}${randomToken()}`,
      ...(signedIn && { username: signedIn.user.username }),
      ...(signedIn && confirm !== undefined && { confirm: await this.needed(signedIn) }),
    });
    redirect(reply, address);
  }

  /** Where the provider sends the browser back to. The code is left to expire: the cookie says who is there. */
  @Get('callback')
  @Access.open()
  async callback(
    @Param('app') app: string,
    @Query() { error, state }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.door.find(app, request, reply);
    if (!found) return;
    const { context, signedIn } = found;
    if (signedIn && error === undefined) {
      const standing = await this.standing(signedIn);
      const goesOn = standing === 'images' && typeof state === 'string' && state.startsWith(CONFIRMING);
      if (goesOn) return redirect(reply, `${context.base}/account/confirm`);
      return redirect(reply, `${context.base}/account${standing === 'sure' ? '?done=confirmed' : ''}`);
    }
    const detail = 'Signing in was not finished, so there is nothing to show. Your account was not changed.';
    const link = { href: `${context.base}/account`, label: 'Try again' };
    sendPage(reply, errorPage(context, { status: 403, title: 'You are not signed in', detail, link }), {
      status: 403,
    });
  }

  private async standing({ session }: SignedIn): Promise<Standing> {
    return (await this.views.standing(session)).standing;
  }

  private async needed({ session }: SignedIn) {
    const factors = await this.views.factors(session);
    const since = this.views.now() - CHANGE_SECONDS;
    return {
      hasSecondFactor: factors === undefined || factors.some(isSecond),
      isFirstFactorRecent: session.proofs.some(
        ({ factor, at }) => (factor === 'password' || factor === 'passkey') && at >= since,
      ),
    };
  }

  private async send(
    reply: FastifyReply,
    context: PageContext,
    application: Application,
    signedIn: SignedIn,
    told: Told,
    status = 200,
  ): Promise<void> {
    const view = await this.views.of(application, signedIn);
    const page = accountPage({ context, formToken: this.tokens.of(signedIn.session) }, view, told);
    sendPage(reply, page, { status });
  }
}
