import { Injectable } from '@nestjs/common';
import { BusListening } from '../cache/bus-listening.ts';
import { GuardedCache } from '../cache/guarded-cache.ts';
import { ElementRepository } from './element.repository.ts';

/** An element as values and launches see it. */
export interface ElementDefinition {
  name: string;
  description: string;
  /** Whether vendors' handlers are told its values. */
  delivered: boolean;
}

/** How long definitions are believed where nobody says that they changed, in milliseconds. */
export const DEFINITIONS_MS = 10 * 60_000;
const APPLICATIONS_MAX = 1_000;

/**
 * The elements of an application, from the cache. Other instances learn of a change by an invalidation of the table
 * `ThirdPartyDataElements` (seed: invalidate_hq_cache), this one at once.
 */
@Injectable()
export class ElementDefinitions {
  private readonly cache: GuardedCache<ReadonlyMap<string, ElementDefinition>>;

  constructor(
    private readonly elements: ElementRepository,
    listening: BusListening,
  ) {
    this.cache = new GuardedCache({
      max: APPLICATIONS_MAX,
      ttlMs: DEFINITIONS_MS,
      usable: listening.current,
    });
  }

  /** By name. Throws DatabaseUnavailable. */
  async of(appId: string): Promise<ReadonlyMap<string, ElementDefinition>> {
    const definitions = await this.cache.get(appId, async () => {
      const all = await this.elements.all(appId);
      return new Map(all.map((definition) => [definition.name, definition]));
    });
    return definitions ?? new Map();
  }

  /** After the commit of a change made here: who reads next reads it. */
  changed(appId: string): void {
    this.cache.drop(appId);
  }

  /** An invalidation of the application's table. */
  dropApplication(appId: string): void {
    this.cache.drop(appId);
  }

  /** Something may have been missed. */
  dropAll(): void {
    this.cache.dropAll();
  }
}
