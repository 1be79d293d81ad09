import { InjectMetrics } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { KeyRotationRepository } from './key-rotation.repository.ts';
import { type KekStanding, UserKeys } from './user-keys.ts';

/** Says by a gauge when a former key-encryption key may be removed: once no user's key is encrypted by it. */
@Injectable()
export class KeyLevels {
  constructor(
    @InjectMetrics() registry: Registry,
    private readonly keys: UserKeys,
    private readonly rows: KeyRotationRepository,
  ) {
    const gauge = new Gauge({
      name: 'sso_data_user_keys',
      help: 'Users’ keys by what encrypts them: the current key-encryption key, a former one, or one not configured',
      labelNames: ['kek'],
      registers: [registry],
      collect: async () => {
        // an unreachable database must not take the other metrics away, and must not show as "none are left"
        const levels = await this.read().catch(() => undefined);
        if (!levels) gauge.reset();
        else for (const [kek, users] of Object.entries(levels)) gauge.set({ kek }, users);
      },
    });
  }

  private async read(): Promise<Record<KekStanding, number>> {
    const levels = { current: 0, former: 0, unknown: 0 };
    for (const { kek, users } of await this.rows.counts()) levels[this.keys.standing(kek)] += users;
    return levels;
  }
}
