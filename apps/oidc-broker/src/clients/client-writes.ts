import type { Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import { ClientRepository } from './client.repository.ts';

/** Changes of an application's clients and scopes, one after the other: limits hold, and no client names a scope that is gone. */
@Injectable()
export class ClientWrites {
  constructor(
    private readonly database: Database,
    private readonly clients: ClientRepository,
    private readonly scopes: ScopeRepository,
  ) {}

  /**
   * Runs `work` in a transaction, alone among the application's changes. Afterwards this instance reads clients and
   * scopes anew: also where the outcome of the commit is unknown. Throws DatabaseUnavailable.
   */
  async change<T>(appId: string, work: (tx: Tx) => Promise<Decision<T>>): Promise<Decision<T>> {
    try {
      return await this.database.transaction(async (tx) => {
        await this.clients.lock(tx, appId);
        return work(tx);
      });
    } finally {
      this.clients.forget();
      this.scopes.forget();
    }
  }
}
