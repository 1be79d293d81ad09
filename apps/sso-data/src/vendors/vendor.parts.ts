import { InstallController } from './install.controller.ts';
import { InstallRepository } from './install.repository.ts';
import { InstallService } from './install.service.ts';
import { UninstallRepository } from './uninstall.repository.ts';
import { UninstallService } from './uninstall.service.ts';
import { ValueRemoval } from './value-removal.service.ts';
import { VendorController } from './vendor.controller.ts';
import { VendorRepository } from './vendor.repository.ts';
import { VendorService } from './vendor.service.ts';

/** What this feature adds to the service. */
export const vendorParts = {
  controllers: [VendorController, InstallController], // /v1/vendors, …/{vendor}/install and /uninstall
  providers: [
    ...[VendorService, VendorRepository, InstallService, InstallRepository],
    ...[UninstallService, UninstallRepository, ValueRemoval],
  ],
};
