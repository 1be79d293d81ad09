import { RecoveryCodeController } from './recovery-code.controller.ts';
import { RecoveryCodeRepository } from './recovery-code.repository.ts';
import { RecoveryCodeService } from './recovery-code.service.ts';

/** What this feature adds to the service. */
export const recoveryCodeParts = {
  controllers: [RecoveryCodeController],
  providers: [RecoveryCodeRepository, RecoveryCodeService],
};
