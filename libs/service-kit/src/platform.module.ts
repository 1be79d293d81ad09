import { CrashPoints } from '@countersign/kernel';
import { DeadLetters, Messaging, Outbox, Timers } from '@countersign/messaging';
import { Database, Idempotency } from '@countersign/persistence';
import { Attempts, ServiceClient, ServiceIdentity, Vault } from '@countersign/security';
import { type DynamicModule, Inject, Module, type Provider } from '@nestjs/common';
import { Platform } from './platform.ts';

/** Tokens of what has no class of its own. */
export const CLOCK = Symbol('clock');
export const LOGGER = Symbol('logger');
export const CONFIG = Symbol('config');
export const METRICS = Symbol('metrics');
export const DIRECTORY = Symbol('application directory');

export const InjectClock = (): ParameterDecorator => Inject(CLOCK);
export const InjectLogger = (): ParameterDecorator => Inject(LOGGER);
export const InjectConfig = (): ParameterDecorator => Inject(CONFIG);
export const InjectMetrics = (): ParameterDecorator => Inject(METRICS);
export const InjectDirectory = (): ParameterDecorator => Inject(DIRECTORY);

/** Makes the platform injectable everywhere in one service: classes by their type, the rest by the tokens above. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const providers: Provider[] = [
      { provide: Platform, useValue: platform },
      { provide: CLOCK, useValue: platform.clock },
      { provide: LOGGER, useValue: platform.logger },
      { provide: CONFIG, useValue: platform.config },
      { provide: METRICS, useValue: platform.metrics },
      { provide: CrashPoints, useValue: platform.crashPoints },
      ...(platform.isService ? ofService(platform) : []),
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

const ofService = (platform: Platform): Provider[] => [
  { provide: Database, useValue: platform.database },
  { provide: Messaging, useValue: platform.messaging },
  { provide: Outbox, useValue: platform.messaging.outbox },
  { provide: Timers, useValue: platform.messaging.timers },
  { provide: DeadLetters, useValue: platform.messaging.deadLetters },
  { provide: ServiceIdentity, useValue: platform.identity },
  { provide: ServiceClient, useValue: platform.client },
  { provide: Vault, useValue: platform.vault },
  { provide: Idempotency, useValue: new Idempotency() },
  { provide: Attempts, useValue: new Attempts(platform.database) },
  { provide: DIRECTORY, useValue: platform.directory },
];
