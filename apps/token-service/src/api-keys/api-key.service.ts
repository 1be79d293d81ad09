import { PLATFORM_APP, type VerifiedKey } from '@countersign/contracts';
import {
  accept,
  type Clock,
  type Decision,
  randomToken,
  refuse,
  secondsAfter,
  uuidv7,
} from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { sha256, Vault } from '@countersign/security';
import { decodeCursor, encodeCursor, InjectClock, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { TokenStates } from '../access-tokens/token-states.repository.ts';
import { ApplicationRepository } from '../applications/application.repository.ts';
import type { ApiKeyEntity } from './api-key.entity.ts';
import { ApiKeyRepository } from './api-key.repository.ts';
import type { ApiKeyAnswer, ApiKeyList, CreateApiKeyRequest, CreatedApiKey } from './api-key.schemas.ts';
import { believedKeys } from './verifier.ts';
import { type Creator, decideNewKey, type KeyRights } from './key-subset.decide.ts';

const LIST = 'api-keys';

/** A new key: `csk_` and 256 random bits. */
export const newApiKey = (): string => `csk_${randomToken(32)}`;

/** API keys: made with a subset of the maker's rights, shown once, revoked at once. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly applications: ApplicationRepository,
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    private readonly vault: Vault,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Makes a key. The answer is the only place where it is ever shown; a repeat names its id (409). */
  async create(
    by: VerifiedKey,
    request: CreateApiKeyRequest,
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<CreatedApiKey>> {
    const appId = request.appId ?? by.appId;
    const { expiresInSeconds } = request;
    const wanted: KeyRights = {
      scopes: [...new Set(request.scopes)],
      constraints: request.constraints ?? {},
      expiresAt: expiresInSeconds === undefined ? null : secondsAfter(this.clock.now(), expiresInSeconds),
    };
    const mayNameIt = appId === by.appId || by.appId === PLATFORM_APP;
    if (!mayNameIt || !(await this.applications.find(appId))) {
      return refuse('access/application-not-found', { field: 'appId' });
    }
    return this.database.transaction((tx) =>
      this.idempotency.once<CreatedApiKey>(tx, repeat, async () => {
        // held until the commit: a key that is being revoked makes no further keys
        const creator = await this.repository.holdLive(tx, by.keyId);
        if (!creator) return { refusal: { code: 'access/unauthenticated' } };
        const rights = decideNewKey(asCreator(creator), appId, wanted);
        if (!rights.ok) return { refusal: rights.refusal };
        const key = newApiKey();
        const row = await this.repository.insert(tx, {
          keyId: uuidv7(this.clock),
          appId,
          name: request.name ?? '',
          keyHash: sha256(key),
          scopes: [...rights.value.scopes],
          constraints: rights.value.constraints,
          createdBy: by.keyId,
          expiresAt: rights.value.expiresAt,
        });
        const { keyId, scopes } = row;
        await this.outbox.append(tx, [
          { type: 'token.api-key.created.v1', appId, subject: keyId, key: keyId, data: { keyId, scopes } },
        ]);
        return { answer: { ...toAnswer(row), key }, secret: true, resourceId: keyId };
      }),
    );
  }

  /** One key, as its application or the platform may see it; everybody else's is not there (API-01). */
  async read(by: VerifiedKey, keyId: string): Promise<Decision<ApiKeyAnswer, 'token/key-not-found'>> {
    const row = await this.repository.find(keyId);
    return row && maySee(by, row) ? accept(toAnswer(row)) : refuse('token/key-not-found');
  }

  /** A page of keys, newest first: the application's own; the platform's are all, or those of `appId`. */
  async list(
    by: VerifiedKey,
    page: PageQuery & { appId?: string | undefined },
  ): Promise<Decision<ApiKeyList>> {
    const isPlatform = by.appId === PLATFORM_APP;
    if (!isPlatform && page.appId !== undefined && page.appId !== by.appId) {
      return refuse('access/application-not-found', { field: 'appId' });
    }
    const before = decodeCursor(this.vault, LIST, page.cursor, z.string());
    if (!before.ok) return before;
    const appId = isPlatform ? page.appId : by.appId;
    const rows = await this.repository.list(appId, before.value, page.limit + 1);
    const items = rows.slice(0, page.limit);
    const more = rows.length > page.limit ? items.at(-1) : undefined;
    return accept({
      items: items.map(toAnswer),
      ...(more && { next: encodeCursor(this.vault, LIST, more.keyId) }),
    });
  }

  /** Revokes: refused here from the commit on, elsewhere within a second. Revoking twice is once. */
  async revoke(by: VerifiedKey, keyId: string): Promise<Decision<void, 'token/key-not-found'>> {
    const row = await this.repository.find(keyId);
    if (!row || !maySee(by, row)) return refuse('token/key-not-found');
    await this.database.transaction(async (tx) => {
      if (!(await this.repository.revoke(tx, keyId))) return;
      await this.outbox.append(tx, [
        { type: 'token.api-key.revoked.v1', appId: row.appId, subject: keyId, key: keyId, data: { keyId } },
      ]);
    });
    believedKeys(this.database).forget();
    // what it granted ends with it
    TokenStates.of(this.database).forget();
    return accept(undefined);
  }
}

const maySee = (by: VerifiedKey, row: ApiKeyEntity): boolean =>
  by.appId === PLATFORM_APP || by.appId === row.appId;

const asCreator = ({ appId, scopes, constraints, expiresAt }: ApiKeyEntity): Creator => ({
  appId,
  isPlatform: appId === PLATFORM_APP,
  scopes,
  constraints,
  expiresAt,
});

const toAnswer = (row: ApiKeyEntity): ApiKeyAnswer => ({
  keyId: row.keyId,
  appId: row.appId,
  name: row.name,
  scopes: row.scopes,
  constraints: row.constraints,
  createdAt: row.createdAt.toISOString(),
  ...(row.expiresAt && { expiresAt: row.expiresAt.toISOString() }),
  ...(row.revokedAt && { revokedAt: row.revokedAt.toISOString() }),
});
