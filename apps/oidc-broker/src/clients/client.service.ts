import { isDeepStrictEqual } from 'node:util';
import { accept, type Decision, randomToken, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Idempotency, type IdempotentRequest, type Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { cutPage, decodeCursor, InjectConfig, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { OidcBrokerConfig } from '../config.ts';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { builtInClient } from './built-in.ts';
import { ClientRepository } from './client.repository.ts';
import {
  type ChangeClientRequest,
  clientIdParam,
  type ClientList,
  CLIENTS_MAX,
  type ClientView,
  type CreateClientRequest,
  type CreatedClient,
} from './client.schemas.ts';
import { clientSecretHash, newClientSecret } from './client-secret.ts';
import { ClientSecretRepository } from './client-secret.repository.ts';
import { type ClientFacts, decideClient, grantTypesFor } from './client.decide.ts';
import type { ClientKind, ClientSettings, OidcClient } from './client.types.ts';
import { ClientWrites } from './client-writes.ts';

/** Another application's clients are as unknown as those that nobody has (API-01). */
const clientNotFound = () => refuse('oidc/client-not-found');

/** Relying parties of an application: registered, read, changed, deleted. */
@Injectable()
export class ClientService {
  constructor(
    private readonly clients: ClientRepository,
    private readonly secrets: ClientSecretRepository,
    private readonly scopes: ScopeRepository,
    private readonly records: ProviderRecords,
    private readonly writes: ClientWrites,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    private readonly vault: Vault,
    @InjectConfig() private readonly config: OidcBrokerConfig,
  ) {}

  /** Registers one. The answer is the only place where its secret is ever shown; a repeat names its id (409). */
  create(
    appId: string,
    { kind, clientId: chosen, ...asked }: CreateClientRequest,
    repeat: IdempotentRequest | undefined,
  ): Promise<Decision<CreatedClient>> {
    const clientId = chosen ?? `c-${randomToken(16)}`;
    const settings = { ...asked, grantTypes: asked.grantTypes ?? grantTypesFor(asked.scopes) };
    return this.writes.change(appId, (tx) =>
      this.idempotency.once<CreatedClient>(tx, repeat, async () => {
        const decided = decideClient(settings, await this.facts(tx, appId, kind));
        if (!decided.ok) return { refusal: decided.refusal };
        if (builtInClient(this.config, appId, clientId))
          return { refusal: { code: 'oidc/client-exists', field: 'clientId' } };
        if ((await this.clients.count(tx, appId)) >= CLIENTS_MAX)
          return { refusal: { code: 'oidc/client-limit', detail: `at most ${CLIENTS_MAX}` } };
        if (!(await this.clients.insert(tx, { appId, clientId, kind, settings })))
          return { refusal: { code: 'oidc/client-exists', field: 'clientId' } };
        // one that proves itself by keys has no secret that could be guessed or lost instead
        const clientSecret = kind === 'confidential' && !settings.jwks ? newClientSecret() : undefined;
        if (clientSecret) await this.secrets.add(tx, appId, clientId, clientSecretHash(clientSecret));
        await this.outbox.append(tx, [
          { type: 'oidc.client.created.v1', appId, subject: clientId, key: clientId, data: { clientId } },
        ]);
        const made = await this.clients.read(appId, clientId, tx);
        const client = viewOf(made as OidcClient);
        if (!clientSecret) return { answer: { client }, resourceId: clientId };
        return { answer: { client, clientSecret }, secret: true, resourceId: clientId };
      }),
    );
  }

  async get(appId: string, clientId: string): Promise<Decision<ClientView>> {
    const found = await this.clients.read(appId, clientId);
    return found ? accept(viewOf(found)) : clientNotFound();
  }

  /** A page of the application's clients, by id. */
  async list(appId: string, { limit, cursor }: PageQuery): Promise<Decision<ClientList>> {
    const list = `oidc-clients:${appId}`;
    const after = decodeCursor(this.vault, list, cursor, clientIdParam);
    if (!after.ok) return after;
    const found = (await this.clients.list(appId, after.value, limit + 1)).map(viewOf);
    return accept(cutPage(this.vault, list, { found, limit, positionOf: ({ clientId }) => clientId }));
  }

  /** Sets what the request names; null takes away. Judged whole, as it will be. */
  change(appId: string, clientId: string, request: ChangeClientRequest): Promise<Decision<ClientView>> {
    return this.changing(appId, clientId, async (tx, client) => {
      const before = settingsOf(client);
      const members = { ...before, ...request };
      const after = Object.fromEntries(
        Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
      ) as unknown as ClientSettings;
      const decided = decideClient(after, await this.facts(tx, appId, client.kind));
      if (!decided.ok) return decided;
      const changed = membersThatDiffer(before, after);
      if (changed.length === 0) return accept(viewOf(client));
      await this.clients.update(tx, appId, clientId, after);
      await this.tellChanged(tx, appId, clientId, changed);
      return accept(viewOf((await this.clients.read(appId, clientId, tx)) as OidcClient));
    });
  }

  /** Removes it, and what was granted to it. */
  delete(appId: string, clientId: string): Promise<Decision<undefined>> {
    return this.changing(appId, clientId, async (tx, client) => {
      if (client.protected) return refuse('oidc/client-protected');
      await this.clients.delete(tx, appId, clientId);
      await this.records.forgetClient(tx, appId, clientId);
      await this.outbox.append(tx, [
        { type: 'oidc.client.deleted.v1', appId, subject: clientId, key: clientId, data: { clientId } },
      ]);
      return accept(undefined);
    });
  }

  /** Runs `work` on a client that may be changed. */
  changing<T>(
    appId: string,
    clientId: string,
    work: (tx: Tx, client: OidcClient) => Promise<Decision<T>>,
  ): Promise<Decision<T>> {
    return this.writes.change<T>(appId, async (tx) => {
      const client = await this.clients.read(appId, clientId, tx);
      if (!client) return clientNotFound();
      if (builtInClient(this.config, appId, clientId)) return refuse('oidc/client-built-in');
      return work(tx, client);
    });
  }

  /** Which members are other now: names, never values. */
  async tellChanged(tx: Tx, appId: string, clientId: string, members: string[]): Promise<void> {
    const data = { clientId, members };
    await this.outbox.append(tx, [
      { type: 'oidc.client.changed.v1', appId, subject: clientId, key: clientId, data },
    ]);
  }

  private async facts(tx: Tx, appId: string, kind: ClientKind): Promise<ClientFacts> {
    const scopes = (await this.scopes.read(appId, tx)).map(({ name }) => name);
    return { kind, scopes, loopback: this.config.securityProfile === 'development' };
  }
}

const settingsOf = ({
  appId: _appId,
  clientId: _clientId,
  kind: _kind,
  secretHashes: _hashes,
  createdAt: _created,
  updatedAt: _updated,
  ...settings
}: OidcClient): ClientSettings => settings;

function membersThatDiffer(before: ClientSettings, after: ClientSettings): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof ClientSettings>;
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

const viewOf = (client: OidcClient): ClientView => ({
  ...(settingsOf(client) as Omit<ClientView, 'secrets' | 'createdAt' | 'updatedAt'>),
  clientId: client.clientId,
  kind: client.kind,
  secrets: client.secretHashes.length,
  createdAt: client.createdAt.toISOString(),
  updatedAt: client.updatedAt.toISOString(),
});
