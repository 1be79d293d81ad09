import type { Application } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { ServiceUnavailable } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ACCOUNT_CHANGE_CLIENT_ID, ACCOUNT_CLIENT_ID } from '../clients/built-in.ts';
import { ClientRepository } from '../clients/client.repository.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import { type GrantView, ProviderRecords } from '../storage/provider-records.ts';
import type { SignedIn } from './account-sessions.ts';
import type { AccountSession, AccountView, Factor, PasscodeStanding, Standing } from './account.types.ts';
import { FactorGateway } from './factor.gateway.ts';
import { passcodeStandingOf, standingOf } from './standing.decide.ts';

/** The account's own clients are the page itself: nobody allowed them anything. */
const OWN = new Set([ACCOUNT_CLIENT_ID, ACCOUNT_CHANGE_CLIENT_ID]);

/** Gathers what the page shows. */
@Injectable()
export class AccountViews {
  constructor(
    private readonly records: ProviderRecords,
    private readonly devices: RememberedDevices,
    private readonly passcodes: ImagePasscodes,
    private readonly factorsOf: FactorGateway,
    private readonly clients: ClientRepository,
    private readonly scopes: ScopeRepository,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async of({ settings }: Application, { session, user }: SignedIn): Promise<AccountView> {
    const { appId, userId, uid, proofs } = session;
    const [factors, devices, sessions, grants, passcode] = await Promise.all([
      this.factors(session),
      this.devices.list(appId, userId),
      this.records.sessionsOf(appId, userId),
      this.records.grantsOf(appId, userId),
      this.passcode(session),
    ]);
    return {
      username: user.username,
      name: user.name,
      hasPassword: user.hasPassword,
      passwordMinLength: settings.passwordMinLength,
      passcode,
      standing: standingOf(proofs, { factors, passcode }, this.now()),
      factors,
      devices,
      sessions: sessions.map((one) => ({ ...one, isThis: one.sessionId === uid })),
      consents: await this.consents(
        appId,
        grants.filter(({ clientId }) => !OWN.has(clientId)),
      ),
    };
  }

  /** Whether this session may change factors now. */
  async standing(session: AccountSession): Promise<{ standing: Standing; passcode: PasscodeStanding }> {
    const [factors, passcode] = await Promise.all([this.factors(session), this.passcode(session)]);
    return { standing: standingOf(session.proofs, { factors, passcode }, this.now()), passcode };
  }

  /** Undefined: nobody can say right now. */
  async factors({ appId, userId }: AccountSession): Promise<Factor[] | undefined> {
    try {
      return await this.factorsOf.list(appId, userId);
    } catch (error) {
      if (error instanceof ServiceUnavailable) return undefined;
      throw error;
    }
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }

  private async passcode({ appId, userId, imagesShown }: AccountSession): Promise<PasscodeStanding> {
    return passcodeStandingOf(await this.passcodes.enrolledAt(appId, userId), imagesShown, this.now());
  }

  private async consents(appId: string, grants: readonly GrantView[]): Promise<AccountView['consents']> {
    const described = new Map(
      (await this.scopes.list(appId)).map(({ name, description }) => [name, description]),
    );
    return Promise.all(
      grants.map(async ({ grantId, clientId, scopes, at }) => ({
        grantId,
        clientName: (await this.clients.find(appId, clientId))?.name ?? clientId,
        scopes: scopes.map((scope) => described.get(scope) ?? scope),
        at,
      })),
    );
  }
}
