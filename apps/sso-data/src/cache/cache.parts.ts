import { BusListening } from './bus-listening.ts';
import { CacheFollower } from './cache-follower.ts';
import { CacheInstance } from './cache-instance.ts';
import { CacheReports } from './cache-reports.ts';
import { CacheController } from './cache.controller.ts';
import { CacheRepository } from './cache.repository.ts';
import { CacheService } from './cache.service.ts';
import { Caches } from './caches.ts';

/** What this feature adds to the service. */
export const cacheParts = {
  controllers: [CacheController], // /v1/cache/invalidate, /v1/cache/invalidations/{id}
  providers: [
    ...[CacheService, CacheRepository, Caches, BusListening],
    // what is heard on the bus, and timers
    ...[CacheFollower, CacheInstance, CacheReports],
  ],
};
