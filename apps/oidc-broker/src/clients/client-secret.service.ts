import { accept, type Decision, refuse } from '@countersign/kernel';
import { Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { RotatedSecret, RotateSecretRequest } from './client.schemas.ts';
import { ClientService } from './client.service.ts';
import { clientSecretHash, newClientSecret } from './client-secret.ts';
import { ClientSecretRepository } from './client-secret.repository.ts';

/** Secrets of confidential clients: turned over with or without an overlap, taken away. */
@Injectable()
export class ClientSecretService {
  constructor(
    private readonly clients: ClientService,
    private readonly secrets: ClientSecretRepository,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Makes a secret, shown once, and lets the former one end after the overlap. One that was ending already ends now: two are
   * in force at most.
   */
  rotate(
    appId: string,
    clientId: string,
    { overlapSeconds }: RotateSecretRequest,
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<RotatedSecret>> {
    return this.clients.changing(appId, clientId, (tx, client) =>
      this.idempotency.once<RotatedSecret>(tx, repeat, async () => {
        if (client.kind === 'public') return { refusal: { code: 'oidc/client-public' } };
        const until = await this.secrets.end(tx, appId, clientId, overlapSeconds);
        const clientSecret = newClientSecret();
        await this.secrets.add(tx, appId, clientId, clientSecretHash(clientSecret));
        await this.clients.tellChanged(tx, appId, clientId, ['clientSecret']);
        const answer = { clientSecret, ...(until && { formerUntil: until.toISOString() }) };
        return { answer, secret: true, resourceId: clientId };
      }),
    );
  }

  /** Takes all its secrets away, at once: a lost one, or those of a client that proves itself by keys from now on. */
  remove(appId: string, clientId: string): Promise<Decision<undefined>> {
    return this.clients.changing(appId, clientId, async (tx, client) => {
      if (client.kind === 'public') return refuse('oidc/client-public');
      await this.secrets.end(tx, appId, clientId, 0);
      await this.clients.tellChanged(tx, appId, clientId, ['clientSecret']);
      return accept(undefined);
    });
  }
}
