import { type MfaContextView, usernameKey } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { registrationOwner } from '../mfa-registrations/mfa-registration.service.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { wrappedKeyOf } from '../users/user-keys.ts';
import { type ContextValue, MfaContextRepository } from './mfa-context.repository.ts';

/** What `mfaInfo` shows of a user (seed Q5). */
@Injectable()
export class MfaContextService {
  constructor(
    private readonly values: MfaContextRepository,
    private readonly sealed: SealedValues,
  ) {}

  /** Nobody known has nothing. A value that is there and cannot be opened is a fault: "none" would be a lie. */
  async of(appId: string, username: string, userId?: string): Promise<MfaContextView> {
    const rows = await this.values.values(appId, usernameKey(username), userId);
    const identifier = rows.find((row) => row.provider === null);
    return {
      ...(identifier && { ssoIdentifier: this.open(appId, identifier) }),
      registrations: Object.fromEntries(
        rows.flatMap((row) => (row.provider === null ? [] : [[row.provider, this.open(appId, row)]])),
      ),
    };
  }

  private open(appId: string, row: ContextValue): string {
    const owner =
      row.provider === null
        ? identifierOwner(appId, row.userId)
        : registrationOwner(appId, row.userId, row.provider);
    return this.sealed.open(row, owner, wrappedKeyOf(row));
  }
}
