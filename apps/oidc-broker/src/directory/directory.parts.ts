import { UserGateway } from '@countersign/service-kit';
import { AttemptsSweep } from './attempts-sweep.ts';
import { DirectoryConsumer } from './directory.consumer.ts';
import { DirectoryController } from './directory.controller.ts';
import { DirectoryCreation } from './directory-creation.service.ts';
import { DirectoryErasure } from './directory-erasure.service.ts';
import { DirectoryRepository } from './directory.repository.ts';
import { DirectoryService } from './directory.service.ts';
import { DirectoryUsers } from './directory-users.service.ts';
import { ErasedUsers } from './erased-users.repository.ts';
import { PasswordChange } from './password-change.service.ts';
import { PasswordCheck } from './password-check.service.ts';
import { passwordHasher } from './password-hashing.ts';
import { PasswordLocks } from './password-locks.ts';
import { UserTraces } from './user-traces.ts';

/** What this feature adds to the service. */
export const directoryParts = {
  controllers: [
    DirectoryController, // /v1/directory/users
    DirectoryConsumer, // mfa.user.deleted.v1
  ],
  providers: [
    ...[DirectoryService, DirectoryUsers, DirectoryCreation, DirectoryRepository, UserGateway],
    ...[DirectoryErasure, ErasedUsers, UserTraces],
    ...[PasswordCheck, PasswordChange, PasswordLocks, passwordHasher(), AttemptsSweep],
  ],
};
