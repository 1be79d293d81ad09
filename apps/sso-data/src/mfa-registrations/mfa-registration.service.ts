import { usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Vault } from '@countersign/security';
import { decodeCursor, cutPage, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SealedValues, type ValueOwner } from '../sealed-values/sealed-values.ts';
import { wrappedKeyOf } from '../users/user-keys.ts';
import { UserWriteService } from '../users/user-write.service.ts';
import { type FoundRegistration, MfaRegistrationRepository } from './mfa-registration.repository.ts';
import {
  type MfaRegistrationList,
  type MfaRegistrationView,
  REGISTRATIONS_MAX,
} from './mfa-registration.schemas.ts';

/** Whose registration it is, in the form in which it is sealed. */
export const registrationOwner = (appId: string, userId: string, provider: string): ValueOwner => ({
  appId,
  userId,
  kind: `mfa-registration:${provider}`,
});

const notFound = () => refuse('sso/registration-not-found');

/** What users registered with MFA providers. */
@Injectable()
export class MfaRegistrationService {
  constructor(
    private readonly registrations: MfaRegistrationRepository,
    private readonly writes: UserWriteService,
    private readonly sealed: SealedValues,
    private readonly vault: Vault,
  ) {}

  async get(appId: string, username: string, provider: string): Promise<Decision<MfaRegistrationView>> {
    const row = await this.registrations.find(appId, usernameKey(username), provider);
    return row ? accept(this.view(appId, row)) : notFound();
  }

  /** A page of a user's registrations, by provider. Nobody known has none. */
  async list(
    appId: string,
    username: string,
    { limit, cursor }: PageQuery,
  ): Promise<Decision<MfaRegistrationList>> {
    const key = usernameKey(username);
    // a cursor belongs to this list of this user, so that nothing can be learned by carrying one elsewhere
    const list = `mfa-registrations:${appId}:${key}`;
    const after = decodeCursor(this.vault, list, cursor, z.string());
    if (!after.ok) return after;
    const rows = await this.registrations.list(appId, key, after.value, limit + 1);
    const found = rows.map((row) => this.view(appId, row));
    return accept(cutPage(this.vault, list, { found, limit, positionOf: ({ provider }) => provider }));
  }

  /** Sets or replaces it. Throws ServiceUnavailable if mfa-orchestrator cannot say whose the name is. */
  put(appId: string, username: string, provider: string, value: string): Promise<Decision<undefined>> {
    return this.writes.write(appId, username, async (tx, owner) => {
      if ((await this.registrations.countOthers(tx, owner, provider)) >= REGISTRATIONS_MAX)
        return refuse('sso/registration-limit', { detail: `has ${REGISTRATIONS_MAX} already` });
      const sealed = this.sealed.seal(value, registrationOwner(appId, owner.userId, provider), owner.key);
      await this.registrations.put(tx, owner, provider, sealed);
      return accept(undefined);
    });
  }

  async delete(appId: string, username: string, provider: string): Promise<Decision<undefined>> {
    const deleted = await this.registrations.delete(appId, usernameKey(username), provider);
    return deleted ? accept(undefined) : notFound();
  }

  private view(appId: string, row: FoundRegistration): MfaRegistrationView {
    const value = this.sealed.open(
      row,
      registrationOwner(appId, row.userId, row.provider),
      wrappedKeyOf(row),
    );
    return { provider: row.provider, value, updatedAt: row.updatedAt.toISOString() };
  }
}
