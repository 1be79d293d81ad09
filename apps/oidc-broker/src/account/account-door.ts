import type { Application } from '@countersign/contracts';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageContext } from '../logins/login.types.ts';
import { errorPage } from '../pages/error-page.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import { isSameOrigin } from '../pages/same-origin.decide.ts';
import { sendPage } from '../pages/send-page.ts';
import { AccountSessions, type SignedIn } from './account-sessions.ts';
import type { AccountSession } from './account.types.ts';
import { FormTokens } from './form-tokens.ts';

/** A request to the account's pages. */
export interface AccountVisit {
  context: PageContext;
  application: Application;
  /** Undefined: nobody is signed in. */
  signedIn: SignedIn | undefined;
}

/** What stands before all pages of the account. */
@Injectable()
export class AccountDoor {
  constructor(
    private readonly contexts: PageContexts,
    private readonly sessions: AccountSessions,
    private readonly tokens: FormTokens,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  /** Undefined: the answer, that there is no such application, is on its way. */
  async find(app: string, request: FastifyRequest, reply: FastifyReply): Promise<AccountVisit | undefined> {
    const context = await this.contexts.find(app);
    const application = context && (await this.directory.byId(context.appId));
    if (!context || !application) {
      const page = errorPage(await this.contexts.findOrPlain(''), NOWHERE);
      sendPage(reply, page, { status: NOWHERE.status });
      return undefined;
    }
    return { context, application, signedIn: await this.sessions.find(context.appId, request, reply) };
  }

  /** Whether a form came from a page of ours, made for this session. */
  isOwnForm({ headers }: FastifyRequest, session: AccountSession, form: Record<string, string>): boolean {
    return isSameOrigin(headers) && this.tokens.isOf(session, form.token);
  }
}

const NOWHERE = {
  status: 404,
  title: 'There is nothing here',
  detail: 'The address names no application. Check it, or go back to where you came from.',
};

/** Goes on by GET. */
export const redirect = (reply: FastifyReply, to: string): void => {
  void reply.header('cache-control', 'no-store').redirect(to, 303);
};
