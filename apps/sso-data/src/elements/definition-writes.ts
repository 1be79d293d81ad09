import type { Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ElementDefinitions } from './element-definitions.ts';
import { ElementRepository } from './element.repository.ts';

/** Changes of what an application has defined: its vendors, elements and plans, one change after the other. */
@Injectable()
export class DefinitionWrites {
  constructor(
    private readonly database: Database,
    private readonly elements: ElementRepository,
    private readonly definitions: ElementDefinitions,
  ) {}

  /**
   * Runs `work` in a transaction, alone among the application's changes, so that limits hold and plans stay whole.
   * Afterwards this instance reads the definitions anew: also where the outcome of the commit is unknown.
   * Throws DatabaseUnavailable.
   */
  async change<T>(appId: string, work: (tx: Tx) => Promise<Decision<T>>): Promise<Decision<T>> {
    try {
      return await this.database.transaction(async (tx) => {
        await this.elements.lockDefinitions(tx, appId);
        return work(tx);
      });
    } finally {
      this.definitions.changed(appId);
    }
  }
}
