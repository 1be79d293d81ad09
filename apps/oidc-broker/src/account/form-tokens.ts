import { constantTimeEqual, hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { AccountSession } from './account.types.ts';

/**
 * What every form of the account carries: bound to the session, so that a page of another session, or one that never saw
 * this page, cannot make it. The second wall behind SameSite and the look at where a form comes from.
 */
@Injectable()
export class FormTokens {
  readonly #secret: Uint8Array;

  constructor(vault: Vault) {
    this.#secret = vault.derive('account-forms');
  }

  of({ appId, userId, uid }: AccountSession): string {
    return hmac(this.#secret, appId, userId, uid);
  }

  isOf(session: AccountSession, token: string | undefined): boolean {
    return token !== undefined && constantTimeEqual(token, this.of(session));
  }
}
