import type { IncomingMessage, ServerResponse } from 'node:http';
import { Platform, ProblemException } from '@countersign/service-kit';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { RecordRepository } from '../storage/record.repository.ts';
import { RequestRecords, withRecords } from '../storage/request-records.ts';
import { methodsOf, type ProviderPath, providerPath } from './alias.decide.ts';
import { BegunLimit, TooManyBegun } from './begun-limit.ts';
import { formOf } from './posted-form.ts';
import { mountOf } from './provider.types.ts';
import { Providers } from './providers.ts';
import type { OwnProvider } from './second-factor-grant.ts';

/** All that can be sent (HEAD comes with GET): what an endpoint does not take is said by us, in one format. */
const METHODS: HTTPMethods[] = ['GET', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'];
const OPEN = { access: { kind: 'open', application: false } } as const;

/** Answers that are no pages load nothing; the provider adds its own script by its digest where it has one. */
const POLICY = "default-src 'none'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/** Pages of other origins may read these, and nothing here is theirs to frame. */
const HEADERS = { 'content-security-policy': POLICY };

/** Room for an ID token, an address to return to and a state. */
const MOST_LOGOUT_QUERY = 8 * 1024;

type Callback = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Puts the providers behind the door: everything below `/oidc/` that no page of ours answers. */
@Injectable()
export class ProviderMount implements OnApplicationBootstrap {
  private readonly callbacks = new WeakMap<OwnProvider, Callback>();

  constructor(
    private readonly providers: Providers,
    private readonly records: RecordRepository,
    private readonly begun: BegunLimit,
    private readonly platform: Platform,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Once Nest has set its error handler, which these routes then share. */
  async onApplicationBootstrap(): Promise<void> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(async (scope) => {
      // the provider reads bodies by itself, with its own limits
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      const handler = (request: FastifyRequest, reply: FastifyReply) =>
        this.serve(request, reply, providerPath(pathOf(request)));
      scope.route({ method: METHODS, url: '/oidc/*', config: OPEN, handler });
      scope.route({
        method: METHODS,
        // RFC 8414 §3.1: the issuer's path comes after the well-known one
        url: '/.well-known/oauth-authorization-server/oidc/:app',
        config: OPEN,
        handler: (request, reply) => {
          const { app } = request.params as { app: string };
          return this.serve(
            request,
            reply,
            providerPath(`${mountOf(app)}/.well-known/oauth-authorization-server`),
          );
        },
      });
    });
  }

  private async serve(
    request: FastifyRequest,
    reply: FastifyReply,
    to: ProviderPath | undefined,
  ): Promise<void> {
    if (!to) throw new ProblemException('request/not-found');
    const { appId, path } = to;
    const provider = await this.providers.for(appId, this.providers.originOf(appId, request.headers.host));
    if (!provider) throw new ProblemException('request/not-found');
    const { raw } = request;
    admitMethod(path, raw.method ?? '');
    // the provider reads paths in either case
    const endpoint = path.toLowerCase();
    if (raw.method === 'POST' && endpoint === '/authorize')
      return sendOn(reply, `${mountOf(appId)}${path}`, await formOf(raw));
    this.begun.cameFrom(raw, request.ip);
    if (endpoint === '/logout') this.admitLogout(appId, raw);
    const records = new RequestRecords(this.records, appId);
    await withRecords(records, () => this.answer(request, reply, provider, path + queryOf(raw)));
  }

  /** Anybody may ask to sign out, and a session is kept until the question is answered (API-09). */
  private admitLogout(appId: string, raw: IncomingMessage): void {
    if (queryOf(raw).length > MOST_LOGOUT_QUERY) throw new ProblemException('request/invalid');
    try {
      this.begun.count(appId, raw);
    } catch (error) {
      if (!(error instanceof TooManyBegun)) throw error;
      const headers = { 'retry-after': String(error.retryAfterSeconds) };
      throw new ProblemException('access/too-many-requests', { headers });
    }
  }

  private async answer(
    { raw }: FastifyRequest,
    reply: FastifyReply,
    provider: OwnProvider,
    target: string,
  ): Promise<void> {
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS }))
      if (value !== undefined) response.setHeader(name, value);
    if (this.platform.closing.signal.aborted) response.setHeader('connection', 'close');
    raw.url = target;
    await this.callback(provider)(raw, response);
  }

  private callback(provider: OwnProvider): Callback {
    const known = this.callbacks.get(provider);
    if (known) return known;
    const made = provider.callback() as Callback;
    this.callbacks.set(provider, made);
    return made;
  }
}

/** RFC 9110 §15.5.6: what the address does take is named. */
function admitMethod(path: string, method: string): void {
  const taken = methodsOf(path);
  if (!taken) throw new ProblemException('request/not-found');
  if (!taken.includes(method))
    throw new ProblemException('request/method', { headers: { allow: taken.join(', ') } });
}

/**
 * Authorization requests may be posted (OpenID Connect Core §3.1.2.1). The provider takes them by GET: a form of another
 * site comes without cookies, the redirect with them. 303, so that nothing is posted twice (RFC 9700 §4.12).
 */
function sendOn(reply: FastifyReply, to: string, form: string | undefined): void {
  if (form === undefined) throw new ProblemException('request/invalid');
  void reply.code(303).header('location', `${to}?${form}`).send();
}

const queryOf = ({ url = '' }: IncomingMessage): string => {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
};

const pathOf = ({ raw }: FastifyRequest): string => (raw.url ?? '/').split('?', 1)[0] ?? '/';
