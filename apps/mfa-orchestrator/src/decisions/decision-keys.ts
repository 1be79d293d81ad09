import { Injectable } from '@nestjs/common';
import { Database } from '@countersign/persistence';
import { ApplicationKeys, Vault } from '@countersign/security';

/** An application's keys for decisions. */
@Injectable()
export class DecisionKeys extends ApplicationKeys {
  constructor(database: Database, vault: Vault) {
    super({ database, vault, table: 'decision_keys', purpose: 'decision-key' });
  }
}
