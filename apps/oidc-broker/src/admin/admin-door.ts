import { PLATFORM_APP } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountSessions } from '../account/account-sessions.ts';
import { OwnCookies } from '../pages/own-cookies.ts';
import { redirect } from '../pages/send-page.ts';
import { Providers } from '../providers/providers.ts';
import { ADMIN_SESSION_SECONDS } from './admin-session.repository.ts';
import { type Administrator, AdminSessions } from './admin-sessions.ts';
import { AdminSignIn, ATTEMPT_SECONDS } from './admin-sign-in.service.ts';

const SESSION = { appId: PLATFORM_APP, name: 'cs-admin' };
/** What a sign-in under way is bound to: the browser that began it (RP-03). */
const ATTEMPT = { appId: PLATFORM_APP, name: 'cs-admin-sign-in', context: 'admin-sign-in' };

/** Who stands before the administrators' page: its cookies, and the way in. */
@Injectable()
export class AdminDoor {
  constructor(
    private readonly providers: Providers,
    private readonly cookies: OwnCookies,
    private readonly browser: AccountSessions,
    private readonly sessions: AdminSessions,
    private readonly signIn: AdminSignIn,
  ) {}

  administrator(request: FastifyRequest): Promise<Administrator | undefined> {
    return this.sessions.find(this.token(request));
  }

  /** The value of the session's cookie. */
  token(request: FastifyRequest): string | undefined {
    return this.cookies.read(request, SESSION);
  }

  /** Sends the browser to the provider; on a host that is no origin of ours first to one that is. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const origin = this.providers.originOf(PLATFORM_APP, request.headers.host);
    if (new URL(origin).host !== request.headers.host?.toLowerCase())
      return redirect(reply, `${origin}/admin/sign-in`);
    const { address, attempt } = this.signIn.begin(origin);
    this.cookies.seal(request, reply, ATTEMPT, attempt, ATTEMPT_SECONDS);
    redirect(reply, address);
  }

  /** Takes the provider's answer; true: the browser has an administrator's session now. */
  async finish(
    asked: Record<string, unknown>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    const userId = await this.signIn.finish(this.cookies.open(request, ATTEMPT), asked);
    this.cookies.takeAway(request, reply, ATTEMPT);
    // the sign-in ends with the provider's session, so it must be of the same browser and user
    const held = userId === undefined ? undefined : await this.browser.find(PLATFORM_APP, request, reply);
    if (userId === undefined || held?.session.userId !== userId) return false;
    const session = { userId, sessionUid: held.session.uid };
    const value = await this.sessions.begin(session, this.token(request));
    this.cookies.set(request, reply, SESSION, value, ADMIN_SESSION_SECONDS);
    return true;
  }
}
