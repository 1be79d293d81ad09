import { hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { Flow } from './flow.types.ts';

/**
 * Makes WebAuthn challenges: HMAC(secret, flow, version, action, what is approved), 256 bit. Bound to one step of one
 * flow and to its subject by what it is made of; the step it completes moves the version on, so that it is used once;
 * and the answer that was lost asks for the very same one again. Nothing is stored.
 */
@Injectable()
export class FlowChallenges {
  private readonly secret: Uint8Array;

  constructor(vault: Vault) {
    this.secret = vault.derive('webauthn-challenge');
  }

  /** The challenge of `action` in the flow's present step, base64url of 32 bytes. */
  of(flow: Pick<Flow, 'id' | 'version' | 'subjectDigest' | 'payload'>, action: string): string {
    const subject = flow.subjectDigest ?? flow.payload ?? '';
    return hmac(this.secret, flow.id, String(flow.version), action, subject);
  }
}
