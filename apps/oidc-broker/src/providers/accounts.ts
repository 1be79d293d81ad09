import { Injectable } from '@nestjs/common';
import type { Account } from 'oidc-provider';
import { DirectoryService } from '../directory/directory.service.ts';
import type { DirectoryUser } from '../directory/directory.types.ts';
import { ContactClaims } from './contact-claims.ts';

/** Claims that the orchestrator knows. */
const CONTACTS = ['email', 'email_verified', 'phone_number', 'phone_number_verified'];
const CONTACT_SCOPES = ['email', 'phone'];

/** Names of claims that may be told, given the scopes (by spaces) of what is issued or shown. */
export type OpenedBy = (scope: string) => ReadonlySet<string>;

/** Users as the provider asks for them: anew each time something is issued or told (OP-14). */
@Injectable()
export class Accounts {
  constructor(
    private readonly directory: DirectoryService,
    private readonly contacts: ContactClaims,
  ) {}

  /**
   * Undefined for who is gone or disabled. Every ID token and every answer of userinfo is made of `claims`: it holds
   * nothing but `sub` and what `openedBy` names, whatever was asked for and granted.
   */
  async find(
    appId: string,
    userId: string,
    openedBy: OpenedBy = () => new Set(),
  ): Promise<(Account & { user: DirectoryUser }) | undefined> {
    const user = await this.directory.findOfRecord(appId, userId);
    if (!user?.enabled) return undefined;
    return {
      accountId: userId,
      user,
      claims: async (_use, scope, claims) => {
        const opened = openedBy(scope);
        const asksForContacts = CONTACTS.some((claim) => opened.has(claim)) && isAboutContacts(scope, claims);
        const known = {
          ...(user.name !== undefined && { name: user.name }),
          preferred_username: user.username,
          ...(asksForContacts && (await this.contacts.of(appId, userId))),
        };
        const told = Object.entries(known).filter(([claim]) => opened.has(claim));
        return { ...Object.fromEntries(told), sub: userId };
      },
    };
  }
}

/** Another service is asked only where somebody wants to know. */
const isAboutContacts = (scope: string, claims: object): boolean =>
  scope.split(' ').some((one) => CONTACT_SCOPES.includes(one)) ||
  Object.keys(claims).some((one) => CONTACTS.includes(one));
