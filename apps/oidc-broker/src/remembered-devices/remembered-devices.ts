import { PLATFORM_APP } from '@countersign/contracts';
import { randomToken } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { OidcClient } from '../clients/client.types.ts';
import { MfaGateway } from '../mfa/mfa.gateway.ts';
import { deviceCookie, deviceTokenOf } from './device-cookie.decide.ts';
import { type RememberedDevice, RememberedDeviceRepository } from './remembered-device.repository.ts';

/** A browser, as a request shows it. */
export interface Browser {
  appId: string;
  /** The Cookie header. */
  cookies: string | undefined;
  isSecure: boolean;
}

/** MFA that a browser is remembered after. */
export interface ShownOnDevice {
  userId: string;
  policy: string;
  /** The orchestrator's flow that satisfied the policy: the device counts only while that flow would. */
  flowId: string;
  clientAddress: string;
  userAgent: string;
}

type RememberingClient = Pick<OidcClient, 'appId' | 'rememberDeviceSeconds'>;

/** How long a client lets a device stand in for MFA; 0: never. Administrators show their second factor each time (C5). */
export const rememberedFor = ({ appId, rememberDeviceSeconds }: RememberingClient): number =>
  appId === PLATFORM_APP ? 0 : rememberDeviceSeconds;

/**
 * Browsers that stand in for the second factor of a client (C9): "reduce 2FA on the same device". It never replaces a
 * first factor (NIST SP 800-63B-4 §5.1.1) and raises no acr.
 */
@Injectable()
export class RememberedDevices {
  constructor(
    private readonly devices: RememberedDeviceRepository,
    private readonly mfa: MfaGateway,
  ) {}

  /** Remembers the browser after `policy` was satisfied by this user, in the caller's transaction. Answers the Set-Cookie header. */
  async remember(tx: Tx, browser: Browser, client: RememberingClient, shown: ShownOnDevice): Promise<string> {
    const { appId, cookies, isSecure } = browser;
    const before = deviceTokenOf(cookies, appId, isSecure);
    // always another: a token that somebody planted is never adopted
    const token = randomToken(32);
    const { userId, policy, flowId, clientAddress } = shown;
    const seconds = await this.devices.put(tx, {
      ...{ appId, userId, tokenHash: sha256(token), id: randomToken(16) },
      ...{ policy, flowId, clientAddress },
      previousHash: before === undefined ? undefined : sha256(before),
      seconds: rememberedFor(client),
      userAgent: shown.userAgent.slice(0, 256),
    });
    return deviceCookie(appId, { token, seconds, isSecure });
  }

  /**
   * Whether this browser may stand in for `policy`, for this user at this client, now: by the client's setting of now, and
   * while what was shown on it would still let its user in. A device counts for no more than the MFA it is remembered
   * for: a raised policy or a factor that is gone or locked asks again (ST-17). Throws ServiceUnavailable: where nobody
   * knows, nothing counts.
   */
  async recognises(
    browser: Browser,
    client: RememberingClient,
    userId: string,
    policy: string,
  ): Promise<boolean> {
    const seconds = rememberedFor(client);
    const { appId, cookies, isSecure } = browser;
    const token = seconds > 0 ? deviceTokenOf(cookies, appId, isSecure) : undefined;
    if (token === undefined) return false;
    const flowId = await this.devices.flowOf({ appId, userId, tokenHash: sha256(token) }, policy, seconds);
    return flowId !== undefined && this.mfa.stands(appId, { factor: 'mfa', flowId });
  }

  /** The user's devices, the newest first. */
  list(appId: string, userId: string): Promise<RememberedDevice[]> {
    return this.devices.list(appId, userId);
  }

  /** False if the user has no such device. */
  async revoke(appId: string, userId: string, id: string): Promise<boolean> {
    return (await this.devices.delete(appId, userId, id)) > 0;
  }

  /** All of a user's: the password was changed, a factor removed, the user disabled. */
  async revokeAll(appId: string, userId: string): Promise<void> {
    await this.devices.delete(appId, userId);
  }

  /** The same in the caller's transaction. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.devices.delete(appId, userId, undefined, tx);
  }
}
