import type { JsonWebKey } from 'node:crypto';
import { Believed, type Decision } from '@countersign/kernel';
import { Timers } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { type PublicJwk, Vault } from '@countersign/security';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SIGNING_ALGS, type SigningAlg } from '../clients/client.types.ts';
import { newSigningKey } from './new-signing-key.ts';
import { OwnSigningKey } from './own-signing-key.ts';
import { SigningKeyRepository } from './signing-key.repository.ts';
import { type SigningKeyAnswer, toAnswer } from './signing-key.schemas.ts';
import type { NewSigningKey, SigningKey } from './signing-key.types.ts';

/** Keys of one algorithm that verify at once: every one of them is a way in. */
const MOST_PUBLISHED = 10;
const RETIRED_EVERY_MS = 10_000;

/** What the private key is sealed for: it opens for this application and this kid alone. */
const sealContext = (key: { appId: string; kid: string }) => `oidc-signing-key/${key.appId}/${key.kid}`;

/** The keys that sign an application's tokens: one active of each algorithm, made on first use. */
@Injectable()
export class SigningKeyService implements OnModuleInit {
  private readonly believed = new Believed<SigningKey[]>((appId) => this.readOrMake(appId));
  /** Opened keys. A kid is the thumbprint of one key for ever. */
  private readonly opened = new LRUCache<string, OwnSigningKey>({ max: 500 });

  constructor(
    private readonly repository: SigningKeyRepository,
    private readonly vault: Vault,
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly timers: Timers,
  ) {}

  onModuleInit(): void {
    const run = () => this.repository.deleteRetired();
    this.timers.register({ name: 'oidc-signing-keys', everyMs: RETIRED_EVERY_MS, run });
  }

  /** Keys whose signatures hold, the active ones first; as they were at most half a second ago. Never none. */
  async published(appId: string): Promise<readonly SigningKey[]> {
    return (await this.believed.get(appId)) ?? [];
  }

  /** The public halves of {@link published}, as those who verify take them. */
  async verifying(appId: string): Promise<PublicJwk[]> {
    return (await this.published(appId)).map(({ publicJwk, kid, alg }) => ({ ...publicJwk, kid, alg }));
  }

  /** The key, ready to sign. */
  open(key: SigningKey): OwnSigningKey {
    const known = this.opened.get(key.kid);
    if (known) return known;
    const privateJwk = JSON.parse(this.vault.open(key.sealedPrivateJwk, sealContext(key))) as JsonWebKey;
    const opened = new OwnSigningKey(key.kid, key.alg, { publicJwk: key.publicJwk, privateJwk });
    this.opened.set(key.kid, opened);
    return opened;
  }

  async list(appId: string): Promise<SigningKeyAnswer[]> {
    return (await this.readOrMake(appId)).map(toAnswer);
  }

  /** Makes a new key sign at once. What the one before signed verifies for `overlapSeconds` more; 0 ends all before it. */
  async rotate(
    appId: string,
    { alg, overlapSeconds }: { alg: SigningAlg; overlapSeconds: number },
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<SigningKeyAnswer>> {
    await this.readOrMake(appId);
    const next = await this.generate(appId, alg);
    const decision = await this.database.transaction((tx) =>
      this.idempotency.once<SigningKeyAnswer>(tx, repeat, async () => {
        await this.repository.lock(tx, appId, alg);
        const still = await this.repository.countPublished(tx, appId, alg);
        if (still >= MOST_PUBLISHED && overlapSeconds > 0) return { refusal: { code: 'oidc/key-limit' } };
        const made = await this.repository.replaceActive(tx, next, overlapSeconds);
        return { answer: toAnswer(made), resourceId: made.kid };
      }),
    );
    this.believed.forget();
    return decision;
  }

  private async readOrMake(appId: string): Promise<SigningKey[]> {
    const keys = await this.repository.published(appId);
    const missing = SIGNING_ALGS.filter(
      (alg) => !keys.some((key) => key.alg === alg && key.status === 'active'),
    );
    if (missing.length === 0) return keys;
    // several that make one at once end up with the same: the second insert finds the first
    await Promise.all(
      missing.map(async (alg) => this.repository.insertIfNone(await this.generate(appId, alg))),
    );
    return this.repository.published(appId);
  }

  private async generate(appId: string, alg: SigningAlg): Promise<NewSigningKey> {
    const { kid, publicJwk, privateJwk } = await newSigningKey(alg);
    const sealedPrivateJwk = this.vault.seal(JSON.stringify(privateJwk), sealContext({ appId, kid }));
    return { kid, appId, alg, publicJwk, sealedPrivateJwk };
  }
}
