import { usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Injectable } from '@nestjs/common';
import { SealedValues, type ValueOwner } from '../sealed-values/sealed-values.ts';
import { wrappedKeyOf } from '../users/user-keys.ts';
import { UserWriteService } from '../users/user-write.service.ts';
import { SsoIdentifierRepository } from './sso-identifier.repository.ts';
import type { SsoIdentifierView } from './sso-identifier.schemas.ts';

/** Whose identifier it is, in the form in which it is sealed. */
export const identifierOwner = (appId: string, userId: string): ValueOwner => ({
  appId,
  userId,
  kind: 'sso-identifier',
});

const notFound = () => refuse('sso/identifier-not-found');

/** What other systems know users by. */
@Injectable()
export class SsoIdentifierService {
  constructor(
    private readonly identifiers: SsoIdentifierRepository,
    private readonly writes: UserWriteService,
    private readonly sealed: SealedValues,
  ) {}

  async get(appId: string, username: string): Promise<Decision<SsoIdentifierView>> {
    const row = await this.identifiers.find(appId, usernameKey(username));
    if (!row) return notFound();
    const value = this.sealed.open(row, identifierOwner(appId, row.userId), wrappedKeyOf(row));
    return accept({ value, updatedAt: row.updatedAt.toISOString() });
  }

  /** Sets or replaces it. Throws ServiceUnavailable if mfa-orchestrator cannot say whose the name is. */
  put(appId: string, username: string, value: string): Promise<Decision<undefined>> {
    return this.writes.write(appId, username, async (tx, owner) => {
      const sealed = this.sealed.seal(value, identifierOwner(appId, owner.userId), owner.key);
      await this.identifiers.put(tx, owner, sealed);
      return accept(undefined);
    });
  }

  async delete(appId: string, username: string): Promise<Decision<undefined>> {
    return (await this.identifiers.delete(appId, usernameKey(username))) ? accept(undefined) : notFound();
  }
}
