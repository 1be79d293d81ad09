import { PLATFORM_APP } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountSessions } from '../account/account-sessions.ts';
import { Providers } from '../providers/providers.ts';
import { ADMIN_SESSION_SECONDS } from './admin-session.repository.ts';
import { type Administrator, AdminSessions } from './admin-sessions.ts';
import { AdminSignIn, ATTEMPT_SECONDS } from './admin-sign-in.service.ts';
import { readCookie, setCookie } from '../pages/cookies.decide.ts';

const SESSION = 'cs-admin';
const ATTEMPT = 'cs-admin-sign-in';

/** Who stands before the administrators' page: its cookies, and the way in. */
@Injectable()
export class AdminDoor {
  constructor(
    private readonly providers: Providers,
    private readonly browser: AccountSessions,
    private readonly sessions: AdminSessions,
    private readonly signIn: AdminSignIn,
  ) {}

  administrator(request: FastifyRequest): Promise<Administrator | undefined> {
    return this.sessions.find(this.token(request));
  }

  /** The value of the session's cookie. */
  token(request: FastifyRequest): string | undefined {
    return readCookie(request.headers.cookie, SESSION, this.isSecure(request));
  }

  /** Sends the browser to the provider; on a host that is no origin of ours first to one that is. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const origin = this.origin(request);
    if (new URL(origin).host !== request.headers.host?.toLowerCase())
      return this.redirect(reply, `${origin}/admin/sign-in`);
    const { address, sealed } = this.signIn.begin(origin);
    const isSecure = this.isSecure(request);
    void reply.header(
      'set-cookie',
      setCookie({ name: ATTEMPT, value: sealed, seconds: ATTEMPT_SECONDS, isSecure }),
    );
    this.redirect(reply, address);
  }

  /** Takes the provider's answer; true: the browser has an administrator's session now. */
  async finish(
    asked: Record<string, unknown>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    const isSecure = this.isSecure(request);
    const cookies = [setCookie({ name: ATTEMPT, value: '', seconds: 0, isSecure })];
    const userId = await this.signIn.finish(readCookie(request.headers.cookie, ATTEMPT, isSecure), asked);
    // the sign-in ends with the provider's session, so it must be of the same browser and user
    const held = userId === undefined ? undefined : await this.browser.find(PLATFORM_APP, request, reply);
    const isTheirs = held !== undefined && held.session.userId === userId;
    if (isTheirs) {
      const { uid: sessionUid } = held.session;
      const value = await this.sessions.begin(
        { userId: held.session.userId, sessionUid },
        this.token(request),
      );
      cookies.push(setCookie({ name: SESSION, value, seconds: ADMIN_SESSION_SECONDS, isSecure }));
    }
    void reply.header('set-cookie', cookies);
    return isTheirs;
  }

  redirect(reply: FastifyReply, to: string): void {
    void reply.header('cache-control', 'no-store').redirect(to, 303);
  }

  private origin(request: FastifyRequest): string {
    return this.providers.originOf(PLATFORM_APP, request.headers.host);
  }

  private isSecure(request: FastifyRequest): boolean {
    return this.origin(request).startsWith('https:');
  }
}
