import { PLATFORM_APP } from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import { hmac, sha256, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import type { DirectoryUser } from '../directory/directory.types.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { type AdminSession, AdminSessionRepository } from './admin-session.repository.ts';

/** An administrator before the page. */
export interface Administrator {
  user: DirectoryUser;
  /** What the page's forms carry. */
  formToken: string;
}

/** Sign-ins of administrators: a cookie of 256 bits, kept as its hash. */
@Injectable()
export class AdminSessions {
  readonly #secret: Uint8Array;

  constructor(
    private readonly sessions: AdminSessionRepository,
    private readonly directory: DirectoryService,
    private readonly records: ProviderRecords,
    vault: Vault,
  ) {
    this.#secret = vault.derive('admin-forms');
  }

  /** Answers the cookie's value; the one before, if any, is good for nothing any more (security 14). */
  async begin(session: AdminSession, previous: string | undefined): Promise<string> {
    if (previous !== undefined) await this.end(previous);
    const token = randomToken(32);
    await this.sessions.insert(sha256(token), session);
    return token;
  }

  /**
   * Undefined once it has ended: by time, or because the user was disabled, changed their password or signed out of the
   * provider meanwhile (SES-06, OP-14).
   */
  async find(token: string | undefined): Promise<Administrator | undefined> {
    const session = token === undefined ? undefined : await this.sessions.touch(sha256(token));
    if (token === undefined || !session) return undefined;
    const { userId, sessionUid } = session;
    const [user, open] = await Promise.all([
      this.directory.find(PLATFORM_APP, userId),
      this.records.sessionsOf(PLATFORM_APP, userId),
    ]);
    if (!user?.enabled || !open.some(({ sessionId }) => sessionId === sessionUid)) return undefined;
    return { user, formToken: hmac(this.#secret, token) };
  }

  async end(token: string): Promise<void> {
    await this.sessions.delete(sha256(token));
  }
}
