import { Injectable } from '@nestjs/common';
import { ElementDefinitions } from '../elements/element-definitions.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import type { CachedTable } from './cache.schemas.ts';

/** All that this instance keeps in memory. */
@Injectable()
export class Caches {
  constructor(
    private readonly definitions: ElementDefinitions,
    private readonly values: CachedValues,
  ) {}

  /** The application wants its table read anew. */
  drop(table: CachedTable, appId: string): void {
    if (table === 'ThirdPartyData') this.values.dropApplication(appId);
    else this.definitions.dropApplication(appId);
  }

  /** Values of that user changed somewhere. */
  valuesChanged(appId: string, userId: string): void {
    this.values.changed(appId, userId);
  }

  /** Something may have been missed. */
  dropAll(): void {
    this.definitions.dropAll();
    this.values.dropAll();
  }
}
