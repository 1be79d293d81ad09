import { currentCorrelationId } from '@countersign/messaging';
import { DatabaseUnavailable, QueryFailed } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import type { Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { PageContext } from '../logins/login.types.ts';
import { errorPage, type ErrorPage } from '../pages/error-page.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import type { LoginAnswer, NoVisit } from './login-visit.types.ts';

const AGAIN = 'Go back to the application you came from and start again.';

const NO_VISIT: Readonly<Record<NoVisit, ErrorPage>> = {
  'no-application': { status: 404, title: 'There is nothing here', detail: 'This address leads nowhere.' },
  'another-browser': {
    status: 400,
    title: 'This sign-in is not of this browser',
    detail: `It was begun in another browser or window, or cookies are blocked. ${AGAIN}`,
  },
  expired: {
    status: 410,
    title: 'This sign-in has ended',
    detail: `It took too long, or it was finished already. ${AGAIN}`,
  },
};

/** What has no login to go on with is a page, never a redirect: nobody knows where to. */
@Injectable()
export class LoginErrorPages {
  constructor(private readonly contexts: PageContexts) {}

  async noVisit(appId: string, why: NoVisit): Promise<LoginAnswer> {
    return pageOf(await this.contexts.findOrPlain(appId), NO_VISIT[why]);
  }

  /** A form of another site, or no form of ours at all: nothing is done with it. */
  foreign(context: PageContext): Promise<LoginAnswer> {
    return Promise.resolve(
      pageOf(context, {
        status: 400,
        title: 'This form is not from here',
        detail: `It was sent by another page, or changed on the way. ${AGAIN}`,
      }),
    );
  }

  /** A fault of ours, or of a service we need: logged, and told in general words. */
  async failed(appId: string, error: unknown, logger: Logger): Promise<LoginAnswer> {
    if (error instanceof QueryFailed && UNSTORABLE.includes(error.code))
      return this.foreign(await this.contexts.findOrPlain(appId));
    const isAway = error instanceof ServiceUnavailable || error instanceof DatabaseUnavailable;
    logger[isAway ? 'warn' : 'error']({ err: error, appId }, 'a page of a login failed');
    // the theme may lie in the very database that is away
    const context = await this.contexts.findOrPlain(appId).catch(() => this.contexts.findOrPlain(''));
    const answer = pageOf(context, {
      status: isAway ? 503 : 500,
      title: isAway ? 'This is not available right now' : 'Something went wrong',
      detail: 'Try again in a moment.',
    });
    return isAway ? { ...answer, headers: { 'retry-after': '2' } } : answer;
  }
}

/** Characters that no column holds. */
const UNSTORABLE = ['22021', '22P05'];

const pageOf = (context: PageContext, page: ErrorPage): LoginAnswer => ({
  kind: 'page',
  status: page.status,
  html: errorPage(context, { reference: currentCorrelationId(), ...page }),
});
