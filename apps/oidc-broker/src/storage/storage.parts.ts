import { Timers } from '@countersign/messaging';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ProviderRecords } from './provider-records.ts';
import { RecordRepository } from './record.repository.ts';

const EVERY_MS = 60_000;

/** Deletes what has expired. Nothing waits for it: who reads looks at the time. */
@Injectable()
export class RecordSweep implements OnModuleInit {
  constructor(
    private readonly timers: Timers,
    private readonly records: RecordRepository,
  ) {}

  onModuleInit(): void {
    this.timers.register({ name: 'oidc-records', everyMs: EVERY_MS, run: () => this.records.sweep() });
  }
}

/** What this feature adds to the service. */
export const storageParts = {
  controllers: [],
  providers: [RecordRepository, ProviderRecords, RecordSweep],
};
