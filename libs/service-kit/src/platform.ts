import type { ServiceName } from '@countersign/contracts';
import type { Clock, CrashPoints } from '@countersign/kernel';
import type { Messaging, Transport } from '@countersign/messaging';
import type { Database } from '@countersign/persistence';
import type { ServiceClient, ServiceIdentity, Vault } from '@countersign/security';
import type { Registry } from 'prom-client';
import type { ApplicationDirectory } from './access/application-directory.ts';
import type { DoorConfig, ServiceConfig } from './config.ts';
import type { Logger } from './logs.ts';

/** Names a process with a door can have. */
export type ProcessName = ServiceName | 'gateway';

/** What only services have; the gateway has neither a database nor a key. */
export interface ServiceParts {
  database: Database;
  messaging: Messaging;
  identity: ServiceIdentity;
  client: ServiceClient;
  vault: Vault;
  directory: ApplicationDirectory;
  /** The transport that the kit made and has to close. */
  ownTransport: Transport;
}

interface CommonParts {
  name: ProcessName;
  config: ServiceConfig | DoorConfig;
  clock: Clock;
  logger: Logger;
  crashPoints: CrashPoints;
  metrics: Registry;
}

/** Everything a service gets from its surroundings. Handed to its module, and injectable (see PlatformModule). */
export class Platform {
  readonly name: ProcessName;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly crashPoints: CrashPoints;
  /** The service's own registry, served at /metrics. Label values come from bounded sets, never from users. */
  readonly metrics: Registry;
  /** Aborted when the service begins to close: long answers (event streams) end then. */
  readonly closing = new AbortController();
  private readonly parts: Partial<ServiceParts> = {};

  constructor(private readonly common: CommonParts) {
    this.name = common.name;
    this.clock = common.clock;
    this.logger = common.logger;
    this.crashPoints = common.crashPoints;
    this.metrics = common.metrics;
  }

  /** For the kit, while it builds the service: adds what became ready. */
  add(parts: Partial<ServiceParts>): void {
    Object.assign(this.parts, parts);
  }

  get isService(): boolean {
    return this.isReady('identity');
  }

  isReady(part: keyof ServiceParts): boolean {
    return this.parts[part] !== undefined;
  }

  get config(): ServiceConfig {
    return this.common.config as ServiceConfig;
  }
  get database(): Database {
    return this.part('database');
  }
  get messaging(): Messaging {
    return this.part('messaging');
  }
  get identity(): ServiceIdentity {
    return this.part('identity');
  }
  get client(): ServiceClient {
    return this.part('client');
  }
  get vault(): Vault {
    return this.part('vault');
  }
  get directory(): ApplicationDirectory {
    return this.part('directory');
  }

  get ownTransport(): Transport | undefined {
    return this.parts.ownTransport;
  }

  private part<K extends keyof ServiceParts>(name: K): ServiceParts[K] {
    const part = this.parts[name];
    if (part === undefined) throw new Error(`${this.name} has no ${name}, or not yet`);
    return part;
  }
}
