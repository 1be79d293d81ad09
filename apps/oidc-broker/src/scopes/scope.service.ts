import { accept, type Decision, refuse } from '@countersign/kernel';
import { Vault } from '@countersign/security';
import { cutPage, decodeCursor, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ClientRepository } from '../clients/client.repository.ts';
import { ClientWrites } from '../clients/client-writes.ts';
import { type ScopeRow, ScopeRepository } from './scope.repository.ts';
import { type ScopeList, scopeName, type ScopeRequest, SCOPES_MAX, type ScopeView } from './scope.schemas.ts';
import { isBuiltInScope } from './scope.types.ts';

/** Scopes of an application: what its clients may ask users for, and which of it needs MFA (C4). */
@Injectable()
export class ScopeService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly clients: ClientRepository,
    private readonly writes: ClientWrites,
    private readonly vault: Vault,
  ) {}

  async get(appId: string, name: string): Promise<Decision<ScopeView>> {
    const found = (await this.scopes.read(appId)).find((scope) => scope.name === name);
    return found ? accept(found) : refuse('oidc/scope-not-found');
  }

  /** A page of scopes, by name. There are few: all are read, and one page is shown. */
  async list(appId: string, { limit, cursor }: PageQuery): Promise<Decision<ScopeList>> {
    const list = `oidc-scopes:${appId}`;
    const after = decodeCursor(this.vault, list, cursor, scopeName);
    if (!after.ok) return after;
    const found = (await this.scopes.read(appId))
      .filter(({ name }) => after.value === undefined || name > after.value)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return accept(cutPage(this.vault, list, { found, limit, positionOf: ({ name }) => name }));
  }

  /** Creates or replaces one; of a built-in one, its demand for MFA. */
  put(appId: string, name: string, request: ScopeRequest): Promise<Decision<ScopeView>> {
    return this.writes.change<ScopeView>(appId, async (tx) => {
      const row = isBuiltInScope(name) ? builtInRow(name, request) : ownRow(name, request);
      if (!row.ok) return row;
      const others = (await this.scopes.read(appId, tx)).filter(
        (scope) => !scope.builtIn && scope.name !== name,
      );
      if (others.length >= SCOPES_MAX && !isBuiltInScope(name))
        return refuse('oidc/scope-limit', { detail: `at most ${SCOPES_MAX}` });
      await this.scopes.put(tx, appId, row.value);
      const made = (await this.scopes.read(appId, tx)).find((scope) => scope.name === name);
      return made ? accept(made) : refuse('oidc/scope-not-found');
    });
  }

  /** Removes one that no client may ask for. */
  delete(appId: string, name: string): Promise<Decision<undefined>> {
    return this.writes.change<undefined>(appId, async (tx) => {
      if (isBuiltInScope(name)) return refuse('oidc/scope-reserved');
      if (!(await this.scopes.read(appId, tx)).some((scope) => scope.name === name))
        return refuse('oidc/scope-not-found');
      if (await this.clients.anyWithScope(tx, appId, name)) return refuse('oidc/scope-in-use');
      await this.scopes.delete(tx, appId, name);
      return accept(undefined);
    });
  }
}

function builtInRow(name: string, { description, claims, mfa }: ScopeRequest): Decision<ScopeRow> {
  if (description !== undefined || claims !== undefined)
    return refuse('oidc/scope-reserved', {
      field: description === undefined ? 'claims' : 'description',
      detail: 'of a built-in scope mfa alone can be set',
    });
  // `openid` is part of every login and `2fa` is a second factor: neither waits at consent for one
  if (mfa && ['openid', '2fa', '2fa_link'].includes(name))
    return refuse('oidc/scope-reserved', { field: 'mfa', detail: 'ask for it at the client' });
  return accept({ name, description: null, claims: [], mfa: mfa ?? null });
}

function ownRow(name: string, { description, claims, mfa }: ScopeRequest): Decision<ScopeRow> {
  if (description === undefined)
    return refuse('request/invalid', { field: 'description', detail: 'is what users read at consent' });
  return accept({ name, description, claims: claims ?? [], mfa: mfa ?? null });
}
