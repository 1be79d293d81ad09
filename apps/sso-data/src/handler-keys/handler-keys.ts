import { Database } from '@countersign/persistence';
import { ApplicationKeys, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** An application's keys for its requests to vendors' handlers. */
@Injectable()
export class HandlerKeys extends ApplicationKeys {
  constructor(database: Database, vault: Vault) {
    super({ database, vault, table: 'handler_keys', purpose: 'handler-key' });
  }
}
