import { generateKeyPair, type PrivateJwk, type SigningKey, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { type PublishedKey, publishedKey } from './public-jwk.decide.ts';
import type { SigningKeyEntity } from './signing-key.entity.ts';
import { SigningKeyRepository } from './signing-key.repository.ts';

const ALG = 'ES256';

/** What the private key is sealed for: it opens for this application and this kid alone. */
const sealContext = (key: { appId: string; kid: string }) => `signing-key/${key.appId}/${key.kid}`;

/** The keys that sign an application's tokens. Private keys leave neither this process nor this class but to sign. */
@Injectable()
export class SigningKeyService {
  constructor(
    private readonly repository: SigningKeyRepository,
    private readonly vault: Vault,
  ) {}

  /** The key that signs for the application now; made on first need. */
  async active(appId: string): Promise<SigningKey> {
    const key = (await this.repository.findActive(appId)) ?? (await this.make(appId));
    const privateJwk = JSON.parse(this.vault.open(key.sealedPrivateJwk, sealContext(key))) as PrivateJwk;
    return { kid: key.kid, alg: key.alg, privateJwk };
  }

  /** The application's public keys, those that are retiring included; never none. */
  async published(appId: string): Promise<PublishedKey[]> {
    let keys = await this.repository.published(appId);
    if (!keys.some((key) => key.status === 'active')) {
      await this.make(appId);
      keys = await this.repository.published(appId);
    }
    return keys.map((key) => publishedKey(key.kid, key.alg, key.publicJwk));
  }

  /** Two that make a key at once end up with the same one: the second insert finds the first. */
  private async make(appId: string): Promise<SigningKeyEntity> {
    const { kid, publicJwk, privateJwk } = await generateKeyPair(ALG);
    await this.repository.insertIfNone({
      kid,
      appId,
      alg: ALG,
      status: 'active',
      publicJwk: { ...publicJwk },
      sealedPrivateJwk: this.vault.seal(JSON.stringify(privateJwk), sealContext({ appId, kid })),
    });
    const key = await this.repository.findActive(appId);
    if (!key) throw new Error('the signing key that was made is gone');
    return key;
  }
}
