import { TotpController } from './totp.controller.ts';
import { TotpRepository } from './totp.repository.ts';
import { TotpService } from './totp.service.ts';

/** What this feature adds to the service. */
export const totpParts = { controllers: [TotpController], providers: [TotpRepository, TotpService] };
