import type { Application } from '@countersign/contracts';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageContext } from '../logins/login.types.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import { formFields } from '../pages/form-fields.decide.ts';
import { isSameOrigin } from '../pages/same-origin.decide.ts';
import { redirect, sendError } from '../pages/send-page.ts';
import { AccountSessions, type SignedIn } from './account-sessions.ts';
import { FormTokens } from './form-tokens.ts';

/** A request to the account's pages. */
export interface AccountVisit {
  context: PageContext;
  /** The path of the account's page. */
  home: string;
  application: Application;
  /** Undefined: nobody is signed in. */
  signedIn: SignedIn | undefined;
}

/** One of somebody who is signed in. */
export interface OwnVisit extends AccountVisit {
  signedIn: SignedIn;
  /** What forms of this session carry. */
  formToken: string;
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
      sendError(reply, await this.contexts.findOrPlain(''), NOWHERE);
      return undefined;
    }
    const signedIn = await this.sessions.find(context.appId, request, reply);
    return { context, home: `${context.base}/account`, application, signedIn };
  }

  /** Undefined: the answer is on its way; whoever is not signed in is led to where they do. */
  async enter(app: string, request: FastifyRequest, reply: FastifyReply): Promise<OwnVisit | undefined> {
    const visit = await this.find(app, request, reply);
    if (!visit) return undefined;
    const { home, signedIn } = visit;
    if (signedIn) return { ...visit, signedIn, formToken: this.tokens.of(signedIn.session) };
    redirect(reply, `${home}/sign-in`);
    return undefined;
  }

  /** The fields of a form that came from a page of ours, made for this session; undefined for any other. */
  ownForm({ headers, body }: FastifyRequest, { signedIn }: OwnVisit): Record<string, string> | undefined {
    const form = formFields(body);
    return form && isSameOrigin(headers) && this.tokens.isOf(signedIn.session, form.token) ? form : undefined;
  }
}

const NOWHERE = {
  status: 404,
  title: 'There is nothing here',
  detail: 'The address names no application. Check it, or go back to where you came from.',
};
