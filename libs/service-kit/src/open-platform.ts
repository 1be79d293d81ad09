import { CrashPoints, systemClock } from '@countersign/kernel';
import { KafkaTransport, Messaging, messagingMigrations, type Transport } from '@countersign/messaging';
import { Idempotency, idempotencyMigration } from '@countersign/persistence';
import { attemptsMigration, ServiceIdentity, Vault } from '@countersign/security';
import { Registry } from 'prom-client';
import { remoteDirectory } from './access/application-directory.ts';
import type { ServiceConfig } from './config.ts';
import { createLogger } from './logs.ts';
import { openDatabase } from './open-database.ts';
import { Platform } from './platform.ts';
import { TracingServiceClient } from './tracing-client.ts';
import type { GatewayOptions, ServiceOptions } from './service-options.ts';

/** Ends the process as a power cut would: no handlers, no flushing. */
const dieAtOnce = (): void => process.kill(process.pid, 'SIGKILL') as unknown as void;

/** The parts that gateway and services share. */
export function commonPlatform(options: ServiceOptions | GatewayOptions): Platform {
  const { name, config, deps } = options;
  const crashAt = 'crashAt' in config ? config.crashAt : undefined;
  if (crashAt !== undefined && config.securityProfile === 'production')
    throw new Error('crash points are refused in production');
  return new Platform({
    name,
    config,
    clock: deps?.clock ?? systemClock,
    logger: deps?.logger ?? createLogger(name, config.logLevel),
    crashPoints: new CrashPoints(crashAt, dieAtOnce),
    metrics: new Registry(),
  });
}

/** Adds what a service has beyond that: keys, database (migrated), messaging, applications. */
export async function openServicePlatform(platform: Platform, options: ServiceOptions): Promise<void> {
  const { name, config } = options;
  const { clock } = platform;
  const identity = new ServiceIdentity({
    name,
    privateJwk: config.serviceKey,
    servicesJwks: config.servicesJwks,
    clock,
  });
  const client = new TracingServiceClient(identity, config.serviceUrls);
  platform.add({ identity, client, vault: new Vault(config.masterKey) });
  const { logger } = platform;
  const database = await openDatabase(
    {
      url: config.databaseUrl,
      poolSize: config.databasePool,
      applicationName: name,
      entities: options.database.entities,
      migrations: [
        ...messagingMigrations,
        idempotencyMigration,
        attemptsMigration,
        ...options.database.migrations,
      ],
      onError: (error) => logger.warn({ err: error }, 'database connection'),
    },
    logger,
  );
  platform.add({ database });
  platform.add({ directory: options.directory?.(platform) ?? remoteDirectory(client) });
  const transport = options.deps?.transport ?? kafka(config, platform);
  platform.add({ messaging: openMessaging(platform, options, transport) });
  // one that was handed in belongs to whoever made it
  if (!options.deps?.transport) platform.add({ ownTransport: transport });
}

function openMessaging(platform: Platform, options: ServiceOptions, transport: Transport): Messaging {
  const admit = options.admit?.(platform);
  const { database } = platform;
  const messaging = new Messaging({
    service: options.name,
    source: `/${options.name}`,
    database,
    transport,
    clock: platform.clock,
    logger: platform.logger,
    crashPoints: platform.crashPoints,
    metrics: platform.metrics,
    knownApplication: async (appId) => (await platform.directory.byId(appId)) !== undefined,
    ...(admit && { admit }),
  });
  messaging.timers.register({
    name: 'forget-idempotency-keys',
    everyMs: 10 * 60_000,
    run: () => new Idempotency().forgetOld(database),
  });
  return messaging;
}

function kafka(config: ServiceConfig, platform: Platform): Transport {
  if (config.bus.kind !== 'kafka') throw new Error('BUS=in-process needs a transport that is handed in');
  return new KafkaTransport({
    brokers: config.bus.brokers,
    ssl: config.bus.ssl,
    ...(config.bus.sasl && { sasl: config.bus.sasl }),
    ...(config.bus.prefix !== undefined && { prefix: config.bus.prefix }),
    clientId: platform.name,
    logger: platform.logger,
  });
}
