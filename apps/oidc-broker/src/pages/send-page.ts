import type { FastifyReply } from 'fastify';
import type { PageContext } from '../logins/login.types.ts';
import { errorPage, type ErrorPage } from './error-page.ts';

/** What a page is allowed to do beyond the usual. */
export interface PageRules {
  status?: number;
  /**
   * The answer to the page's form may lead elsewhere: to a client. Chrome holds a form to `form-action` over the whole
   * chain of redirects that follows, the client's own included, so these pages have none (see README).
   */
  leaves?: boolean;
  /** Headers besides: `retry-after`, `set-cookie`. */
  headers?: Record<string, string>;
}

/** A script of ours stands in the page: everything else in it was escaped. */
const OWN_SCRIPT = /<script src="\/oidc\/[a-z0-9-]+\/assets\/[\w.-]+"/;

/** The policy of a page: our own styles, pictures and (where it has one) script, nothing from elsewhere. */
export function policyOf(page: string, { leaves = false }: Pick<PageRules, 'leaves'> = {}): string {
  const script = OWN_SCRIPT.test(page);
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    ...(script ? ["script-src 'self'", "connect-src 'self'"] : []),
    ...(leaves ? [] : ["form-action 'self'"]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The headers of every page: kept nowhere, framed by nobody, named to nobody it links to. */
export const pageHeaders = (page: string, rules: PageRules = {}): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policyOf(page, rules),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  ...rules.headers,
});

/** Sends a page. */
export const sendPage = (reply: FastifyReply, page: string, rules: PageRules = {}): FastifyReply =>
  reply
    .code(rules.status ?? 200)
    .headers(pageHeaders(page, rules))
    .send(page);

/** Sends the page of an error, with its status. */
export const sendError = (reply: FastifyReply, context: PageContext, error: ErrorPage): FastifyReply =>
  sendPage(reply, errorPage(context, error), { status: error.status });

/** 303: whatever was POSTed, the browser goes on with GET and without the form (RFC 9700 §4.12). */
export function redirect(reply: FastifyReply, to: string): void {
  void reply.header('cache-control', 'no-store').redirect(to, 303);
}
