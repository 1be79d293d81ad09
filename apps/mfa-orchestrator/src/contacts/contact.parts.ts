import { ContactChanges } from './contact-changes.ts';
import { ContactOptions } from './contact-options.ts';
import { ContactRepository } from './contact.repository.ts';
import { LockNotices } from './lock-notices.ts';
import { Notices } from './notices.ts';
import { ProfileController } from './profile.controller.ts';
import { ProfileService } from './profile.service.ts';

/** What this feature adds to the service. */
export const contactParts = {
  controllers: [ProfileController],
  providers: [ContactChanges, ContactOptions, ContactRepository, LockNotices, Notices, ProfileService],
};
