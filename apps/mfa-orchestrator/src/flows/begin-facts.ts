import type { Application } from '@countersign/contracts';
import { uuidv7, type Clock } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { clientNetwork } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Devices } from '../devices/devices.ts';
import type { SeenDevice } from '../devices/device.types.ts';
import { TrustIds } from '../devices/trust-ids.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { User } from '../users/user.types.ts';
import { FlowSessions } from './flow-session.ts';
import type { NewFlow } from './flow.repository.ts';
import type { BeginRequest } from './flow.schemas.ts';

/** Who begins: the application, from where, and the credential that came along, if any. */
export interface BeginCaller {
  application: Application;
  clientAddress: string;
  userAgent: string | undefined;
  accessToken: string | undefined;
}

/** What the device a begin comes from says: it shapes what is offered and is never a proof (contracts §1.8). */
@Injectable()
export class DeviceSight {
  constructor(
    private readonly trustIds: TrustIds,
    private readonly devices: Devices,
    private readonly users: UserRepository,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** The device of the request's trust ids; undefined where there is none that holds. */
  async of(request: BeginRequest, { application, userAgent }: BeginCaller): Promise<SeenDevice | undefined> {
    if (!request.trustItems) return undefined;
    const described = {
      ...(request.deviceInfo && { info: request.deviceInfo }),
      ...(userAgent !== undefined && { userAgent }),
    };
    const seen = await this.trustIds.read(application.appId, request.trustItems, described, this.clock.now());
    return seen && { ...seen, trustSeconds: application.settings.deviceTrustSeconds };
  }

  async isTrusted(tx: Tx, device: SeenDevice | undefined, userId: string): Promise<boolean> {
    return device !== undefined && (await this.devices.isTrusted(tx, device.id, userId, device.trustSeconds));
  }

  /** Whose wallet it is, for a begin without a name: the one user who trusts the device (contracts §1.11, checkout). */
  async walletUser(tx: Tx, device: SeenDevice | undefined): Promise<User | undefined> {
    if (device?.kind !== 'wallet') return undefined;
    const [only, another] = await this.devices.usersOf(tx, device.id, device.trustSeconds);
    return only !== undefined && another === undefined ? this.users.lockById(tx, only) : undefined;
  }
}

type Rest = Omit<NewFlow, 'id' | 'appId' | 'clientAddress' | 'sessionHash' | 'displayName' | 'traceId'>;

/** A flow to be, with what every begin has in common. */
export function newFlow(
  sessions: FlowSessions,
  request: Pick<BeginRequest, 'user' | 'traceId'>,
  { application, clientAddress }: Pick<BeginCaller, 'application' | 'clientAddress'>,
  rest: Rest,
): NewFlow {
  const id = uuidv7();
  return {
    id,
    appId: application.appId,
    clientAddress: clientNetwork(clientAddress),
    sessionHash: sessions.of(id, 1).hash,
    displayName: request.user?.displayName ?? null,
    traceId: request.traceId ?? null,
    ...rest,
  };
}
