import { Timers } from '@countersign/messaging';
import { Injectable } from '@nestjs/common';
import { RememberedDeviceRepository } from './remembered-device.repository.ts';
import { RememberedDevices } from './remembered-devices.ts';

const SWEEP_EVERY_MS = 10 * 60_000;

/** Deletes devices that nobody remembers any more. */
@Injectable()
class RememberedDeviceSweep {
  constructor(devices: RememberedDeviceRepository, timers: Timers) {
    timers.register({
      name: 'remembered-devices-sweep',
      everyMs: SWEEP_EVERY_MS,
      run: () => devices.sweep(),
    });
  }
}

/** What this feature adds to the service. */
export const rememberedDeviceParts = {
  controllers: [],
  providers: [RememberedDevices, RememberedDeviceRepository, RememberedDeviceSweep],
};
