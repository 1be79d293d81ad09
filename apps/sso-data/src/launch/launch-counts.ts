import { InjectMetrics } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import type { LaunchFailure } from './launch.schemas.ts';

/** Launches by how they ended, for whoever watches vendors. */
@Injectable()
export class LaunchCounts {
  private readonly ended: Counter<'outcome'>;

  constructor(@InjectMetrics() registry: Registry) {
    this.ended = new Counter({
      name: 'sso_data_launches_total',
      help: 'Launches of vendors’ services, by how they ended',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  count(outcome: 'link' | 'contended' | LaunchFailure): void {
    this.ended.inc({ outcome });
  }
}
