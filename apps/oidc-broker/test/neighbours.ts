import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  applicationSettings,
  type Scope,
  type ServiceName,
  type UserFactors,
  usernameKey,
  type VerifiedToken,
} from '@countersign/contracts';
import { randomToken, systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import type { TestKeys } from '@countersign/testing';

const JSON_TYPE = { 'content-type': 'application/json' };

/** One call that arrived. */
export interface Asked {
  method: string;
  url: string;
  body: Record<string, unknown>;
  /** The whole Authorization header. */
  session: string | undefined;
}

/**
 * token-service and mfa-orchestrator as oidc-broker sees them: the internal routes it calls, which check the service token
 * as the real ones do. `away` makes one of them answer 503.
 */
export class Neighbours {
  readonly away = new Set<ServiceName>();
  /** Names resolved, in order. */
  readonly resolved: string[] = [];
  /** Factors of users, by their id, and what was asked to be removed. */
  readonly factors = new Map<string, UserFactors['items']>();
  readonly removals: object[] = [];
  /** What a removal is answered with instead. */
  removalStatus: number | undefined;
  /** Completed flows that still stand, and their application. */
  readonly standingFlows = new Map<string, string>();
  /** Answers what it knows of: challenges and flows of the orchestrator ({@link MfaFlows}). */
  flows: ((asked: Asked) => Promise<{ status: number; body?: unknown } | undefined>) | undefined;
  /** Runs between answering whose a name is and the caller's next step. */
  afterResolve: (() => Promise<void>) | undefined;
  /** The orchestrator's time. */
  at = new Date('2026-03-01T12:00:00Z');
  private readonly keys = new Map<string, { appId: string; scopes: Scope[] }>();
  private readonly users = new Map<string, string>();
  private readonly tokens = new Map<string, { appId: string; verified: VerifiedToken }>();
  private readonly server = createServer((request, response) => {
    void this.answer(request).then(({ status, body }) => {
      response.writeHead(status, JSON_TYPE).end(body === undefined ? undefined : JSON.stringify(body));
    });
  });

  constructor(private readonly testKeys: TestKeys) {}

  async open(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /** A new API key of `appId`. */
  key(appId: string, ...scopes: Scope[]): string {
    const key = `csk_${randomToken()}`;
    this.keys.set(key, { appId, scopes });
    return key;
  }

  /** A user's token: of a login, or (`grant`) by an API key. */
  userToken(appId: string, username: string, kind: VerifiedToken['kind'] = 'access'): string {
    const token = `token_${randomToken()}`;
    const now = Math.floor(Date.now() / 1000);
    const verified = {
      kind,
      userId: this.userId(appId, username),
      username,
      scopes: [],
      acr: 'aal1' as const,
    };
    const more = { amr: [], authTime: now, exp: now + 600, jti: token };
    this.tokens.set(token, { appId, verified: { ...verified, ...more } });
    return token;
  }

  /** The id that the name has now. */
  userId(appId: string, username: string): string {
    const name = `${appId}:${usernameKey(username)}`;
    const id = this.users.get(name) ?? randomToken(16);
    this.users.set(name, id);
    return id;
  }

  /** The user is deleted: the name will get another id, later. */
  forget(appId: string, username: string): void {
    this.users.delete(`${appId}:${usernameKey(username)}`);
    this.at = new Date(this.at.getTime() + 1000);
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body?: unknown }> {
    const isPublic = request.url?.startsWith('/apps/') === true;
    const called =
      isPublic || /^\/internal\/(users|flows|challenges)/.test(request.url ?? '')
        ? 'mfa-orchestrator'
        : 'token-service';
    if (this.away.has(called)) return { status: 503 };
    // a person's own call carries the session of their flow
    const allowed = isPublic ? 'oidc-broker' : await this.callerOf(request, called);
    if (allowed !== 'oidc-broker') return { status: 401 };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, string>);
    const { method = '', url = '', headers } = request;
    const asked = { method, url, body, session: headers.authorization };
    return (await this.flows?.(asked)) ?? this.route(url, body);
  }

  private async route(
    url: string,
    body: Record<string, string>,
  ): Promise<{ status: number; body?: unknown }> {
    if (url === '/internal/api-keys/verify') {
      const key = this.keys.get(body.key ?? '');
      if (!key) return { status: 404, body: {} };
      const application = viewOf(key.appId);
      return { status: 200, body: { keyId: 'k', ...key, constraints: {}, application } };
    }
    if (url === '/internal/users/resolve') {
      this.resolved.push(body.username ?? '');
      const answer = {
        userId: this.userId(body.appId ?? '', body.username ?? ''),
        at: this.at.toISOString(),
      };
      await this.afterResolve?.();
      return { status: 200, body: answer };
    }
    if (url === '/internal/access-tokens/verify') {
      const found = this.tokens.get(body.token ?? '');
      return found?.appId === body.appId ? { status: 200, body: found?.verified } : { status: 404, body: {} };
    }
    const factors = this.factorsOf(url, body);
    if (factors) return factors;
    const flowId = /^\/internal\/flows\/([\w-]+)$/.exec(url)?.[1];
    if (flowId !== undefined) return this.flow(flowId);
    if (url.startsWith('/internal/applications?limit='))
      return { status: 200, body: { items: ['demo', 'platform'].map(viewOf) } };
    const appId = /^\/internal\/applications\/([\w-]+)$/.exec(url)?.[1];
    return appId ? { status: 200, body: viewOf(appId) } : { status: 404, body: {} };
  }

  /** The orchestrator's factors of a user: listed and removed. */
  private factorsOf(
    url: string,
    body: Record<string, string>,
  ): { status: number; body?: unknown } | undefined {
    const [, userId, remove] = /^\/internal\/users\/([\w-]+)\/factors(\/remove)?/.exec(url) ?? [];
    if (userId === undefined) return undefined;
    const items = this.factors.get(userId) ?? [];
    if (!remove) return { status: 200, body: { items } };
    this.removals.push(body);
    if (this.removalStatus !== undefined) return { status: this.removalStatus, body: {} };
    const left = items.filter(({ id }) => id !== body.id);
    this.factors.set(userId, left);
    return left.length < items.length ? { status: 204 } : { status: 404, body: {} };
  }

  /** A completed flow as the orchestrator tells of it, of `demo` unless said otherwise. */
  private flow(flowId: string): { status: number; body?: unknown } {
    const appId = this.standingFlows.get(flowId);
    if (appId === undefined) return { status: 404, body: {} };
    const about = {
      userId: 'u',
      usernameKey: 'u',
      context: 'login',
      status: 'completed',
      offersExternal: false,
    };
    return { status: 200, body: { flowId, appId, ...about, standing: true } };
  }

  private async callerOf(request: IncomingMessage, name: ServiceName): Promise<ServiceName | undefined> {
    const identity = new ServiceIdentity({
      name,
      privateJwk: this.testKeys.serviceKeys[name],
      servicesJwks: this.testKeys.servicesJwks,
      clock: systemClock,
    } as ConstructorParameters<typeof ServiceIdentity>[0]);
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const verified = await identity.verify(token, ['oidc-broker']).catch(() => undefined);
    return verified?.caller;
  }
}

const viewOf = (appId: string) => ({ appId, name: appId, settings: applicationSettings.parse({}) });
