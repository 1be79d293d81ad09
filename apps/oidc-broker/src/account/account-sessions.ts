import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DirectoryService } from '../directory/directory.service.ts';
import type { DirectoryUser } from '../directory/directory.types.ts';
import type { Proof } from '../logins/login.types.ts';
import { OwnCookies } from '../pages/own-cookies.ts';
import { Providers } from '../providers/providers.ts';
import { imagesShownCookie } from './account-cookies.ts';
import type { AccountSession } from './account.types.ts';
import { isSignedIn } from './standing.decide.ts';

/** Who is before the page. */
export interface SignedIn {
  session: AccountSession;
  user: DirectoryUser;
}

/**
 * Reads the provider's cookie. Nothing else says who somebody is on the account's pages; a cookie beside says that this
 * session has shown the image passcode.
 */
@Injectable()
export class AccountSessions {
  constructor(
    private readonly providers: Providers,
    private readonly directory: DirectoryService,
    private readonly cookies: OwnCookies,
  ) {}

  /** Undefined: nobody is signed in, not by a first factor, or the user is disabled or gone by now (OP-14). */
  async find(appId: string, request: FastifyRequest, reply: FastifyReply): Promise<SignedIn | undefined> {
    const provider = await this.providers.for(appId, this.providers.originOf(appId, request.headers.host));
    if (!provider) return undefined;
    const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
    const { accountId: userId, uid, proofs = [] } = session as typeof session & { proofs?: Proof[] };
    if (userId === undefined || !isSignedIn(proofs)) return undefined;
    const user = await this.directory.find(appId, userId);
    if (!user?.enabled) return undefined;
    const kept = this.cookies.open(request, imagesShownCookie({ appId, userId, uid }));
    const imagesShown = imagesShownKept.safeParse(kept).data;
    return { session: { appId, userId, uid, proofs, imagesShown }, user };
  }
}

const imagesShownKept = z.object({ at: z.int(), enrolledAt: z.int() });
