import { type Decision, refuse } from '@countersign/kernel';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { generateKeyPair, type PrivateJwk, type SigningKey, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { TokenStates } from '../access-tokens/token-states.repository.ts';
import { type PublishedKey, publishedKey } from './public-jwk.decide.ts';
import type { SigningKeyEntity } from './signing-key.entity.ts';
import { type NewSigningKey, SigningKeyRepository } from './signing-key.repository.ts';
import { type SigningKeyAnswer, toAnswer } from './signing-key.schemas.ts';

const ALG = 'ES256';
/** Keys that verify at once: every one of them is a way in. */
const MOST_PUBLISHED = 10;
/** Opened keys that are kept, one or two an application. */
const MOST_OPENED = 500;

/** What the private key is sealed for: it opens for this application and this kid alone. */
const sealContext = (key: { appId: string; kid: string }) => `signing-key/${key.appId}/${key.kid}`;

/** The keys that sign an application's tokens. Private keys leave neither this process nor this class but to sign. */
@Injectable()
export class SigningKeyService {
  /** Opened keys. A kid is the thumbprint of one key for ever; which one signs is asked each time. */
  private readonly opened = new Map<string, SigningKey>();

  constructor(
    private readonly repository: SigningKeyRepository,
    private readonly vault: Vault,
    private readonly database: Database,
    private readonly idempotency: Idempotency,
  ) {}

  /** The key that signs for the application now; made on first need. */
  async active(appId: string): Promise<SigningKey> {
    return this.open((await this.repository.findActive(appId)) ?? (await this.make(appId)));
  }

  /** The application's public keys, those that are retiring included; never none. */
  async published(appId: string): Promise<PublishedKey[]> {
    return (await this.all(appId)).map((key) => publishedKey(key.kid, key.alg, key.publicJwk));
  }

  /** The application's keys that verify, for its management: the active one first, never none. */
  async list(appId: string): Promise<SigningKeyAnswer[]> {
    return (await this.all(appId)).map(toAnswer);
  }

  /**
   * Makes a new key sign at once. What the one before signed verifies for `overlapSeconds` more, then it is gone; 0 ends
   * all before it. Two rotations at once follow each other.
   */
  async rotate(
    appId: string,
    overlapSeconds: number,
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<SigningKeyAnswer>> {
    const next = await this.generate(appId);
    const decision = await this.database.transaction((tx) =>
      this.idempotency.once<SigningKeyAnswer>(tx, repeat, async () => {
        await this.repository.lockApplication(tx, appId);
        const still = await this.repository.countPublished(tx, appId);
        if (still >= MOST_PUBLISHED && overlapSeconds > 0)
          return { refusal: refuse('token/signing-key-limit').refusal };
        const made = await this.repository.replaceActive(tx, next, overlapSeconds);
        return { answer: toAnswer(made), resourceId: made.kid };
      }),
    );
    TokenStates.of(this.database).forget();
    return decision;
  }

  private async all(appId: string): Promise<SigningKeyEntity[]> {
    const keys = await this.repository.published(appId);
    if (keys.some((key) => key.status === 'active')) return keys;
    await this.make(appId);
    return this.repository.published(appId);
  }

  /** The private key of a row, opened once. */
  open(key: Pick<SigningKeyEntity, 'kid' | 'appId' | 'alg' | 'sealedPrivateJwk'>): SigningKey {
    const known = this.opened.get(key.kid);
    if (known) return known;
    const privateJwk = JSON.parse(this.vault.open(key.sealedPrivateJwk, sealContext(key))) as PrivateJwk;
    const opened = { kid: key.kid, alg: key.alg, privateJwk };
    if (this.opened.size >= MOST_OPENED) this.opened.delete(this.opened.keys().next().value as string);
    this.opened.set(key.kid, opened);
    return opened;
  }

  /** Two that make a key at once end up with the same one: the second insert finds the first. */
  private async make(appId: string): Promise<SigningKeyEntity> {
    await this.repository.insertIfNone(await this.generate(appId));
    const key = await this.repository.findActive(appId);
    if (!key) throw new Error('the signing key that was made is gone');
    return key;
  }

  private async generate(appId: string): Promise<NewSigningKey> {
    const { kid, publicJwk, privateJwk } = await generateKeyPair(ALG);
    const sealedPrivateJwk = this.vault.seal(JSON.stringify(privateJwk), sealContext({ appId, kid }));
    return { kid, appId, alg: ALG, status: 'active', publicJwk: { ...publicJwk }, sealedPrivateJwk };
  }
}
