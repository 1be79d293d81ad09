import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { LoginVisit } from '../logins/login-visit.types.ts';
import { type GrantedSet, type Settled, settleScopes } from './settle.decide.ts';

type Grant = InstanceType<Provider['Grant']>;

/** Writes what users allow into the provider's grants: that is what tokens are made of. */
@Injectable()
export class ConsentGrants {
  /**
   * Adds what was settled to the user's grant to this client, or makes one; answers its id. What was granted or rejected
   * before and was not asked about now stays.
   */
  async settle(
    visit: Pick<LoginVisit, 'provider' | 'interaction' | 'client'>,
    userId: string,
    settled: Settled,
  ): Promise<string> {
    const grant = await this.open(visit, userId);
    const { openid = {}, rejected } = grant as Grant & { rejected?: { openid?: GrantedSet } };
    const next = settleScopes(openid, rejected?.openid ?? {}, settled);
    Object.assign(grant, { openid: next.granted, rejected: { openid: next.rejected } });
    return grant.save();
  }

  /** The grant of the interaction, if it is this user's: who was signed in before may have been somebody else. */
  private async open(
    { provider, interaction, client }: Pick<LoginVisit, 'provider' | 'interaction' | 'client'>,
    userId: string,
  ): Promise<Grant> {
    const { clientId } = client;
    const { grantId } = interaction;
    const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (found?.accountId === userId && found.clientId === clientId) return found;
    return new provider.Grant({ accountId: userId, clientId });
  }
}
