import { SealInvalid, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Providers } from '../providers/providers.ts';
import { readCookie, setCookie } from './cookies.decide.ts';

/** Which cookie, of whose pages. */
export interface CookieOf {
  appId: string;
  name: string;
}

/** One that only this service can read and write. `context`: what it is sealed for; for anything else it is nothing. */
export interface SealedCookie extends CookieOf {
  context: string;
}

/** What pages keep in the browser besides the provider's cookie, in the clear or sealed. */
@Injectable()
export class OwnCookies {
  constructor(
    private readonly providers: Providers,
    private readonly vault: Vault,
  ) {}

  read({ headers }: FastifyRequest, { appId, name }: CookieOf): string | undefined {
    return readCookie(headers.cookie, name, this.isSecure(headers.host, appId));
  }

  /** 0 seconds take it away. How long it counts the reader must see to: browsers may keep it for longer. */
  set(
    { headers }: FastifyRequest,
    reply: FastifyReply,
    { appId, name }: CookieOf,
    value: string,
    seconds: number,
  ): void {
    const isSecure = this.isSecure(headers.host, appId);
    void reply.header('set-cookie', setCookie({ name, value, seconds, isSecure }));
  }

  /** JSON; undefined where there is nothing, or nothing that was sealed for this. */
  open(request: FastifyRequest, cookie: SealedCookie): unknown {
    const sealed = this.read(request, cookie);
    if (sealed === undefined) return undefined;
    try {
      return JSON.parse(this.vault.open(sealed, cookie.context)) as unknown;
    } catch (error) {
      if (error instanceof SealInvalid) return undefined;
      throw error;
    }
  }

  seal(
    request: FastifyRequest,
    reply: FastifyReply,
    cookie: SealedCookie,
    content: unknown,
    seconds: number,
  ): void {
    if (content === undefined) return this.takeAway(request, reply, cookie);
    this.set(request, reply, cookie, this.vault.seal(JSON.stringify(content), cookie.context), seconds);
  }

  takeAway(request: FastifyRequest, reply: FastifyReply, cookie: CookieOf): void {
    this.set(request, reply, cookie, '', 0);
  }

  private isSecure(host: string | undefined, appId: string): boolean {
    return this.providers.originOf(appId, host).startsWith('https:');
  }
}
