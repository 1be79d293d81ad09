import { ClientController } from './client.controller.ts';
import { ClientRepository } from './client.repository.ts';
import { ClientService } from './client.service.ts';
import { ClientSecretRepository } from './client-secret.repository.ts';
import { ClientSecretService } from './client-secret.service.ts';
import { ClientWrites } from './client-writes.ts';

/** What this feature adds to the service. */
export const clientParts = {
  controllers: [ClientController], // /v1/clients
  providers: [ClientService, ClientSecretService, ClientWrites, ClientRepository, ClientSecretRepository],
};
