import { SealInvalid, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readCookie, setCookie } from '../pages/cookies.decide.ts';
import { Providers } from '../providers/providers.ts';
import type { AccountSession } from './account.types.ts';

/** What is kept, and of which session: another one, also of the same user, reads nothing. */
export interface Kept extends Pick<AccountSession, 'appId' | 'userId' | 'uid'> {
  name: 'cs-passcode' | 'cs-images-shown';
}

/** Keeps in the browser, sealed, what lasts from one page of the account to the next. */
@Injectable()
export class SealedCookies {
  constructor(
    private readonly providers: Providers,
    private readonly vault: Vault,
  ) {}

  /** JSON; undefined where there is nothing, or nothing of this session. */
  read({ headers }: FastifyRequest, kept: Kept): unknown {
    const sealed = readCookie(headers.cookie, nameOf(kept), this.isSecure(headers.host, kept));
    if (sealed === undefined) return undefined;
    try {
      return JSON.parse(this.vault.open(sealed, sealOf(kept))) as unknown;
    } catch (error) {
      if (error instanceof SealInvalid) return undefined;
      throw error;
    }
  }

  /** Without `content` it is taken away. How long it counts the reader must see to: browsers may keep it for longer. */
  keep({ headers }: FastifyRequest, reply: FastifyReply, kept: Kept, content?: unknown, seconds = 0): void {
    const value = content === undefined ? '' : this.vault.seal(JSON.stringify(content), sealOf(kept));
    const isSecure = this.isSecure(headers.host, kept);
    void reply.header('set-cookie', setCookie({ name: nameOf(kept), value, seconds, isSecure }));
  }

  private isSecure(host: string | undefined, { appId }: Kept): boolean {
    return this.providers.originOf(appId, host).startsWith('https:');
  }
}

const nameOf = ({ name, appId }: Kept): string => `${name}-${appId}`;
const sealOf = ({ name, appId, userId, uid }: Kept): string => `${name}/${appId}/${userId}/${uid}`;
