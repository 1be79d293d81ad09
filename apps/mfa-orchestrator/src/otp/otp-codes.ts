import { randomToken } from '@countersign/kernel';
import type { Database, Tx } from '@countersign/persistence';
import { constantTimeEqual, hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { newCode } from './new-code.ts';
import { OtpRepository } from './otp.repository.ts';
import type { Carried, CodeBinding, RightCode } from './otp.types.ts';

/** What a new code is to be. */
export interface WantedCode extends CodeBinding {
  contactId: string | null;
  /** Digits, 6 to 10. */
  length: number;
  ttlSeconds: number;
  carries?: Carried;
}

/**
 * Makes, tries and consumes one-time codes. A row holds HMAC(pepper, purpose, nonce, code): six digits are found from a
 * plain hash in a second, so the key that is not in the database is what protects them (security 7).
 */
@Injectable()
export class OtpCodes {
  private readonly pepper: Uint8Array;

  constructor(
    private readonly repository: OtpRepository,
    vault: Vault,
  ) {
    this.pepper = vault.derive('otp-code');
  }

  /** Makes a code instead of the one before it. The code goes to its address, and nowhere else. */
  async make(db: Tx | Database, wanted: WantedCode): Promise<{ code: string; expiresAt: Date }> {
    const { purpose, appId, userId, contactId, length, ttlSeconds, carries } = wanted;
    const code = newCode(length);
    const nonce = randomToken(16);
    const codeHash = this.hash(purpose, nonce, code);
    const row = { purpose, appId, userId, contactId, codeHash, nonce, ttlSeconds, carries: carries ?? null };
    return { code, expiresAt: await this.repository.put(db, row) };
  }

  /** Counts a try and looks at it: the code, if it is the one; undefined if it is wrong, expired, spent, or never was. */
  async look(binding: CodeBinding, code: string): Promise<RightCode | undefined> {
    const tried = await this.repository.try(binding);
    const right = constantTimeEqual(
      this.hash(binding.purpose, tried?.nonce ?? '', code),
      tried?.codeHash ?? '',
    );
    if (!tried || !right) return undefined;
    const { nonce: _, ...found } = tried;
    return found;
  }

  /** What the code of a purpose is about, if there is one; counts nothing. */
  about(binding: CodeBinding): Promise<Carried | undefined> {
    return this.repository.peek(binding);
  }

  /** The same, only while there is a code to guess: neither expired nor consumed. */
  aboutLive(binding: CodeBinding): Promise<Carried | undefined> {
    return this.repository.peekLive(binding);
  }

  /** Consumes a right code, once; false if somebody else did, or a new one took its place. */
  consume(tx: Tx, code: RightCode, attempt: string): Promise<boolean> {
    return this.repository.consume(tx, code, attempt);
  }

  private hash(purpose: string, nonce: string, code: string): string {
    return hmac(this.pepper, purpose, nonce, code);
  }
}
