import { createHash } from 'node:crypto';
import { constantTimeEqual } from '@countersign/security';
import { Provider } from 'oidc-provider';
import type { ClientRepository } from '../clients/client.repository.ts';
import type { OidcClient } from '../clients/client.types.ts';
import { type ClientProof, clientMetadata } from './client-metadata.decide.ts';
import { ctxOf, type ProviderOf } from './provider.types.ts';

type Client = InstanceType<Provider['Client']>;
type Proofs = Partial<Record<ClientProof, Client>>;

/**
 * How a provider finds its clients: those of `clients`, made once as long as they are believed to be as they were. (The
 * provider's own way digests all of a client with each request.)
 */
export function clientFinder(
  provider: Provider,
  clients: ClientRepository,
  of: ProviderOf,
): (clientId: unknown) => Promise<Client | undefined> {
  const known = new Set(of.scopes.map(({ name }) => name));
  const made = new WeakMap<OidcClient, Proofs>();
  const Made = provider.Client as unknown as new (metadata: object) => Client;
  return async (clientId) => {
    if (typeof clientId !== 'string' || clientId === '') return undefined;
    const client = await clients.find(of.appId, clientId);
    if (!client) return undefined;
    const by = client.jwks && isAssertion() ? 'assertion' : 'secret';
    const proofs = made.get(client) ?? {};
    made.set(client, proofs);
    return (proofs[by] ??= new Made(clientMetadata(client, known, by)));
  };
}

const isAssertion = (): boolean => {
  const { ctx } = Provider;
  return ctx !== undefined && ctxOf(ctx).oidc.params?.client_assertion !== undefined;
};

/** Secrets are kept as hashes: all that hold are compared, in a time that tells nothing. */
export function compareSecret(this: { settings: OidcClient }, secret: string): boolean {
  const hash = createHash('sha256').update(secret).digest('hex');
  return this.settings.secretHashes.reduce((found, one) => constantTimeEqual(one, hash) || found, false);
}
