import { newUsernameSchema } from '@countersign/contracts';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryCreation } from '../directory/directory-creation.service.ts';
import { DirectoryService } from '../directory/directory.service.ts';

/** Users whom a confidential client links (`2fa_link`, seed V11): the client has let them in, we may never have seen them. */
@Injectable()
export class LinkedUsers {
  constructor(
    private readonly directory: DirectoryService,
    private readonly creation: DirectoryCreation,
    @InjectDirectory() private readonly applications: ApplicationDirectory,
  ) {}

  /**
   * The user of that name, taken in if need be; undefined for one who is disabled, and for a name that nobody is given.
   * Throws ServiceUnavailable.
   */
  async userId(appId: string, username: string): Promise<string | undefined> {
    const found = await this.directory.byUsername(appId, username);
    if (found) return found.enabled ? found.userId : undefined;
    if (!newUsernameSchema.safeParse(username).success) return undefined;
    const application = await this.applications.byId(appId);
    if (!application) return undefined;
    const created = await this.creation.create(application, { username, enabled: true }, undefined);
    if (created.ok) return created.value.userId;
    // somebody else took the same user in, this very moment
    return (await this.directory.byUsername(appId, username))?.userId;
  }
}
