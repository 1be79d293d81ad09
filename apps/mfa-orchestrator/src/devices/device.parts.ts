import { DeviceController } from './device.controller.ts';
import { DeviceRepository } from './device.repository.ts';
import { Devices } from './devices.ts';
import { TrustIds } from './trust-ids.ts';

/** What this feature adds to the service. */
export const deviceParts = {
  controllers: [DeviceController],
  providers: [DeviceRepository, Devices, TrustIds],
};
