import { UserGateway } from '@countersign/service-kit';
import { KeyLevels } from './key-levels.ts';
import { KeyRotationRepository } from './key-rotation.repository.ts';
import { KeyRotation } from './key-rotation.service.ts';
import { UserConsumer } from './user.consumer.ts';
import { UserErasure } from './user-erasure.service.ts';
import { UserKeys } from './user-keys.ts';
import { UserRepository } from './user.repository.ts';
import { UserWriteService } from './user-write.service.ts';
import { ValueAdoptionRepository } from './value-adoption.repository.ts';
import { ValueAdoption } from './value-adoption.service.ts';

/** What this feature adds to the service. */
export const userParts = {
  controllers: [UserConsumer], // mfa.user.deleted.v1
  providers: [
    ...[UserWriteService, UserErasure, UserRepository, UserGateway, UserKeys],
    // timers, and the gauge that says how far they are
    ...[KeyRotation, KeyRotationRepository, KeyLevels, ValueAdoption, ValueAdoptionRepository],
  ],
};
