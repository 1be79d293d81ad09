import { Injectable } from '@nestjs/common';
import { hmac, sha256, Vault } from '@countersign/security';

/** A session as its holder has it, and as the row keeps it. */
export interface Session {
  token: string;
  hash: string;
}

/**
 * Makes sessions: HMAC(secret, flow, version), so that a repeated step yields the very session whose answer was lost,
 * and no row ever holds one in the clear.
 */
@Injectable()
export class FlowSessions {
  private readonly secret: Uint8Array;

  constructor(vault: Vault) {
    this.secret = vault.derive('mfa-session');
  }

  of(flowId: string, version: number): Session {
    const token = hmac(this.secret, flowId, String(version));
    return { token, hash: sha256(token) };
  }
}
