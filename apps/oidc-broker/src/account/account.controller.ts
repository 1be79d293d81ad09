import { randomToken } from '@countersign/kernel';
import { sha256 } from '@countersign/security';
import { Access, FormBody } from '@countersign/service-kit';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { redirect, sendError, sendPage } from '../pages/send-page.ts';
import { Providers } from '../providers/providers.ts';
import { AccountChanges } from './account-changes.service.ts';
import { AccountDoor, type OwnVisit } from './account-door.ts';
import { confirmAt } from './account-forms.ts';
import { AccountViews } from './account-view.service.ts';
import { accountPage, type Told } from './account.page.ts';
import { NOTICES, type NoticeCode } from './account.types.ts';
import { signInAddress } from './sign-in.decide.ts';
import { hasSecond, isFirstRecent } from './standing.decide.ts';

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
  ) {}

  @Get()
  @Access.open()
  async show(
    @Param('app') app: string,
    @Query() { done }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visit = await this.door.enter(app, request, reply);
    if (!visit) return;
    const isNotice = typeof done === 'string' && Object.hasOwn(NOTICES, done);
    return this.send(reply, visit, { notice: isNotice ? NOTICES[done as NoticeCode] : undefined });
  }

  @Post()
  @Access.open()
  @FormBody()
  async change(
    @Param('app') app: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visit = await this.door.enter(app, request, reply);
    if (!visit) return;
    const { home, signedIn } = visit;
    const form = this.door.ownForm(request, visit);
    if (!form) return this.send(reply, visit, { error: FOREIGN }, 403);
    const { clientAddress } = request;
    const outcome = await this.changes.make({ session: signedIn.session, form, clientAddress });
    if (outcome.kind === 'done') return redirect(reply, `${home}?done=${outcome.notice}`);
    if (outcome.kind !== 'refused') return redirect(reply, confirmAt(home, outcome.kind));
    const { about, error: text, status = 400 } = outcome;
    return this.send(reply, visit, { error: { about, text } }, status);
  }

  @Get('sign-in')
  @Access.open()
  async signIn(
    @Param('app') app: string,
    @Query() { confirm }: Asked,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visit = await this.door.find(app, request, reply);
    if (!visit) return;
    const { context, home, signedIn } = visit;
    const { appId } = context;
    const now = signedIn && confirm !== undefined ? await this.views.standing(signedIn.session) : undefined;
    if (now?.standing === 'images') return redirect(reply, confirmAt(home, now.standing));
    const address = signInAddress({
      ...{ appId, origin: this.providers.originOf(appId, request.headers.host) },
      ...{ codeChallenge: sha256(randomToken()), nonce: randomToken() },
      state: `${confirm === undefined ? '' : CONFIRMING}${randomToken()}`,
      username: signedIn?.user.username,
      confirm: signedIn &&
        now && {
          hasSecondFactor: hasSecond(now.factors),
          isFirstFactorRecent: isFirstRecent(signedIn.session.proofs, this.views.now()),
        },
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
    const visit = await this.door.find(app, request, reply);
    if (!visit) return;
    const { context, home, signedIn } = visit;
    if (!signedIn || error !== undefined)
      return void sendError(reply, context, { ...UNFINISHED, link: { href: home, label: 'Try again' } });
    const { standing } = await this.views.standing(signedIn.session);
    const goesOn = standing === 'images' && typeof state === 'string' && state.startsWith(CONFIRMING);
    if (goesOn) return redirect(reply, confirmAt(home, standing));
    redirect(reply, `${home}${standing === 'sure' ? '?done=confirmed' : ''}`);
  }

  private async send(reply: FastifyReply, visit: OwnVisit, told: Told, status = 200): Promise<void> {
    const view = await this.views.of(visit.application, visit.signedIn);
    sendPage(reply, accountPage(visit, view, told), { status });
  }
}

const FOREIGN = { about: 'page', text: 'That form was not of this session. Nothing was changed.' } as const;

const UNFINISHED = {
  status: 403,
  title: 'You are not signed in',
  detail: 'Signing in was not finished, so there is nothing to show. Your account was not changed.',
};
