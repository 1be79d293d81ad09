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
import { ProviderRecords } from '../storage/provider-records.ts';
import type { GrantView } from '../storage/record-views.ts';
import type { SignedIn } from './account-sessions.ts';
import type { AccountSession, AccountView, Factor, PasscodeStanding, Standing } from './account.types.ts';
import { FactorGateway } from './factor.gateway.ts';
import { passcodeStandingOf, standingOf } from './standing.decide.ts';

/** Whether a session may change factors now, and by what that is so. */
export interface AccountStanding {
  standing: Standing;
  passcode: PasscodeStanding;
  /** When the passcode that holds was made. */
  enrolledAt: Date | undefined;
  /** Undefined: nobody can say right now. */
  factors: Factor[] | undefined;
}

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
    const { appId, userId, uid } = session;
    const [{ standing, passcode, factors }, devices, sessions, grants] = await Promise.all([
      this.standing(session),
      this.devices.list(appId, userId),
      this.records.sessionsOf(appId, userId),
      this.records.grantsOf(appId, userId),
    ]);
    return {
      username: user.username,
      name: user.name,
      hasPassword: user.hasPassword,
      passwordMinLength: settings.passwordMinLength,
      ...{ standing, passcode, factors, devices },
      sessions: sessions.map((one) => ({ ...one, isThis: one.sessionId === uid })),
      consents: await this.consents(
        appId,
        grants.filter(({ clientId }) => !OWN.has(clientId)),
      ),
    };
  }

  /** Whether this session may change factors now. */
  async standing({ appId, userId, proofs, imagesShown }: AccountSession): Promise<AccountStanding> {
    const [factors, enrolledAt] = await Promise.all([
      this.factors(appId, userId),
      this.passcodes.enrolledAt(appId, userId),
    ]);
    const passcode = passcodeStandingOf(enrolledAt, imagesShown, this.now());
    const standing = standingOf(proofs, { factors, passcode }, this.now());
    return { standing, passcode, enrolledAt, factors };
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }

  private async factors(appId: string, userId: string): Promise<Factor[] | undefined> {
    try {
      return await this.factorsOf.list(appId, userId);
    } catch (error) {
      if (error instanceof ServiceUnavailable) return undefined;
      throw error;
    }
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
