import type { EventData, EventType } from '@countersign/contracts';
import type { EventContext } from '@countersign/messaging';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { RememberedDevices } from './remembered-devices.ts';

/** What mfa-orchestrator signs a user out for (a factor removed or reset, a lock) ends what stands in for factors, too. */
@Controller()
export class RememberedDeviceConsumer {
  constructor(private readonly devices: RememberedDevices) {}

  @EventPattern<EventType>('mfa.user.signed-out.v1')
  async signedOut(
    @Payload() { userId }: EventData<'mfa.user.signed-out.v1'>,
    @Ctx() { tx, appId }: EventContext,
  ): Promise<void> {
    await this.devices.forgetUser(tx, appId, userId);
  }
}
