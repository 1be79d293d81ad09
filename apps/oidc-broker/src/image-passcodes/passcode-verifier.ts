import { clientNetwork, hmac, PasswordHasher, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Whose sequence it is, and from where it comes. */
export interface SequenceOwner {
  appId: string;
  userId: string;
  generation: number;
  clientAddress: string;
}

/**
 * Keeps sequences as argon2id over an HMAC, with the pepper of the hasher besides: 20 bits would be found in the database
 * in hours, were the two keys not elsewhere. One queue with passwords: the memory they may take is taken together.
 */
@Injectable()
export class PasscodeVerifier {
  private readonly pepper: Uint8Array;

  constructor(
    private readonly hasher: PasswordHasher,
    vault: Vault,
  ) {
    this.pepper = vault.derive('image-passcode-pepper/v1');
  }

  /** The sequence as it is to be kept. Throws QueueFull. */
  hash(picks: readonly string[], owner: SequenceOwner): Promise<string> {
    return this.hasher.hash(this.digest(picks), bindingOf(owner));
  }

  /** Whether it is the one kept; where none is kept, it takes as long. Throws QueueFull. */
  async matches(
    verifier: string | undefined,
    picks: readonly string[],
    owner: SequenceOwner,
  ): Promise<boolean> {
    return (await this.hasher.check(verifier, this.digest(picks), bindingOf(owner))).matches;
  }

  /** What stands for a sequence between two pages of its making: tells nothing without the key. */
  fingerprint(picks: readonly string[], ...binding: string[]): string {
    return hmac(this.pepper, 'between-pages', String(binding.length), ...binding, ...picks);
  }

  private digest(picks: readonly string[]): string {
    return hmac(this.pepper, 'sequence', ...picks);
  }
}

// a verifier copied to another user's row, application or former passcode matches nothing there
const bindingOf = ({ appId, userId, generation, clientAddress }: SequenceOwner) => ({
  owner: `image-passcode:${appId}:${generation}:${userId}`,
  from: clientNetwork(clientAddress),
});
