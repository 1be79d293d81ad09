import { InjectConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import type { OidcBrokerConfig } from '../config.ts';
import type { PageContext } from '../logins/login.types.ts';
import { errorPage, type ErrorPage } from '../pages/error-page.ts';
import { html } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import { PageContexts } from '../pages/page-contexts.ts';
import { pageHeaders } from '../pages/send-page.ts';
import { TooManyBegun } from './begun-limit.ts';
import { isOutage, tellOutage, UNAVAILABLE } from './outages.ts';
import { type Ctx, mountOf } from './provider.types.ts';
import { repeats, withDetail } from './refusal-words.decide.ts';

/** What people read. Descriptions are for developers and stay with the code. */
const WORDS: Record<string, { title: string; detail: string }> = {
  invalid_client: {
    title: 'This application is not known here',
    detail: 'Go back to where you came from. If it happens again, tell whoever runs that site.',
  },
  invalid_redirect_uri: {
    title: 'We cannot send you back there',
    detail: 'The site you came from asked to have you sent to an address it has not registered.',
  },
  server_error: {
    title: 'Something went wrong here',
    detail: 'Nothing was changed. Try again in a moment.',
  },
};
const AWAY = {
  title: 'This is not available right now',
  detail: 'Nothing was changed. Try again in a moment.',
};
const TOO_MANY = {
  title: 'Too many sign-ins from your network',
  detail: 'Wait a minute, then try again.',
};
const EXPIRED = {
  title: 'This sign-in has ended',
  detail:
    'It took too long, or was finished in another window. Go back to where you came from and begin anew.',
};
const OTHER = {
  title: 'This request cannot be answered',
  detail:
    'Go back to where you came from. If it happens again, tell whoever runs that site what stands below.',
};

/** The provider's own pages. */
@Injectable()
export class ErrorAnswers {
  constructor(
    private readonly contexts: PageContexts,
    @InjectConfig() private readonly config: OidcBrokerConfig,
  ) {}

  /** A page for what leads back to no client. `cause`: what was thrown. */
  async render(
    ctx: Ctx,
    appId: string,
    out: { error: string; error_description?: string | undefined },
    cause?: unknown,
  ): Promise<void> {
    if (isOutage(cause)) return this.unavailable(ctx, appId);
    const context = await this.contexts.findOrPlain(appId);
    if (cause instanceof TooManyBegun) {
      ctx.set('retry-after', String(cause.retryAfterSeconds));
      return fail(ctx, context, { status: 429, code: out.error, ...TOO_MANY });
    }
    const isLost =
      /session|expired|interaction/.test(out.error_description ?? '') && out.error === 'invalid_request';
    const words = WORDS[out.error] ?? (isLost ? EXPIRED : OTHER);
    const reason = out.error === 'server_error' ? undefined : this.reasonOf(ctx, out, cause);
    fail(ctx, context, { status: ctx.status, code: out.error, ...words, reason });
  }

  /**
   * What is wrong, for whoever runs the client. In production never what the request said: people would read it as ours.
   */
  private reasonOf(
    ctx: Ctx,
    out: { error_description?: string | undefined },
    cause: unknown,
  ): string | undefined {
    const { error_description: description } = out;
    const params = { ...ctx.query, ...ctx.oidc.body };
    if (this.config.securityProfile === 'production')
      return description && !repeats(description, { params, origin: ctx.get('origin') })
        ? description
        : undefined;
    const { error_detail: detail } = (cause ?? {}) as { error_detail?: string };
    const reason = detail === undefined ? description : withDetail(description, detail);
    const isLeadAway = cause instanceof errors.InvalidRedirectUri && typeof params.redirect_uri === 'string';
    return isLeadAway ? `${reason}: ${String(params.redirect_uri)}` : reason;
  }

  /** Something that the request needs is away: nothing of an answer that was begun is left. */
  async unavailable(ctx: Ctx, appId: string): Promise<void> {
    for (const header of ['set-cookie', 'location']) ctx.remove(header);
    tellOutage(ctx);
    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.body = UNAVAILABLE;
      return;
    }
    // the theme may lie in the very database that is away
    const context = await this.contexts.findOrPlain(appId).catch(() => this.contexts.findOrPlain(''));
    fail(ctx, context, { status: 503, code: UNAVAILABLE.error, ...AWAY });
  }

  /** Asks before signing out: a link of somebody else must not do it. */
  async askLogout(ctx: Ctx, appId: string, xsrf: string): Promise<void> {
    const context = await this.contexts.findOrPlain(appId);
    const page = layout(
      context,
      'Sign out',
      html`<h1>Sign out?</h1>
        <p>You are signed in at ${context.theme.name}.</p>
        <form method="post" action="${mountOf(appId)}/logout/confirm" class="stack">
          <input type="hidden" name="xsrf" value="${xsrf}" />
          <div class="actions">
            <button name="logout" value="yes">Sign out</button>
            <button class="quiet">Stay signed in</button>
          </div>
        </form> `,
    );
    send(ctx, page, 200, true);
  }

  async loggedOut(ctx: Ctx, appId: string): Promise<void> {
    const context = await this.contexts.findOrPlain(appId);
    const body = html`<h1>Signed out</h1>
      <p>You can close this window.</p> `;
    send(ctx, layout(context, 'Signed out', body), 200);
  }
}

function fail(ctx: Ctx, context: PageContext, error: ErrorPage): void {
  const reference = ctx.response.get('x-correlation-id');
  send(ctx, errorPage(context, { ...error, reference }), error.status);
}

function send(ctx: Ctx, page: string, status: number, leaves = false): void {
  ctx.status = status;
  ctx.set(pageHeaders(page, { leaves }));
  ctx.body = page;
}
