import type { ServiceName } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import type { Messaging, MessagingOptions, Transport } from '@countersign/messaging';
import type { Database, Migration } from '@countersign/persistence';
import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { ApiKeyVerifier } from './access/api-key-verifier.ts';
import type { ApplicationDirectory } from './access/application-directory.ts';
import type { SessionVerifier, UserTokenVerifier } from './access/check-access.ts';
import type { RouteInfo } from './access/route-table.ts';
import type { DoorConfig, ServiceConfig } from './config.ts';
import type { Logger } from './logs.ts';
import type { Platform } from './platform.ts';

/** What standalone and tests hand in instead of what the configuration says. */
export interface ServiceDeps {
  /** The bus of a process; absent: Kafka, from the configuration. */
  transport?: Transport;
  clock?: Clock;
  logger?: Logger;
}

/** Entity classes and migrations of a service; the kit adds its own migrations before them. */
export interface ServiceDatabase {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type of an entity class
  entities: Function[];
  migrations: Migration[];
}

interface CommonOptions {
  deps?: ServiceDeps | undefined;
  /** The app's module. Called once the platform is ready: database open and migrated, messaging made. */
  module: (platform: Platform) => DynamicModule | Promise<DynamicModule>;
  /** What else has to be true for /readyz: names and whether they are well. */
  ready?: (platform: Platform) => Promise<Record<string, boolean>>;
  /** Adds Fastify's own routes (proxies, pages); each with an access rule in its `config`. */
  door?: (fastify: FastifyInstance, platform: Platform) => void | Promise<void>;
  /** Body of the OpenAPI document's description. */
  description?: string;
}

export interface ServiceOptions extends CommonOptions {
  name: ServiceName;
  config: ServiceConfig;
  database: ServiceDatabase;
  /** What an event must fulfil before its handler runs; outside any transaction. */
  admit?: (platform: Platform) => NonNullable<MessagingOptions['admit']>;
  /** Whose an MFA session is. Without it every `session` route answers 401. */
  sessions?: (platform: Platform) => SessionVerifier;
  /** Whose a user's access token or grant is. Without it every `userToken` route answers 401 to any credential. */
  userTokens?: (platform: Platform) => UserTokenVerifier;
  /** Whose an API key is; absent: token-service is asked. */
  keys?: (platform: Platform) => ApiKeyVerifier;
  /** Where applications are; absent: token-service is asked. */
  directory?: (platform: Platform) => ApplicationDirectory;
  /** Runs after migrations and before the door opens: seeds, first keys. */
  seed?: (platform: Platform) => Promise<void>;
}

export interface GatewayOptions extends CommonOptions {
  name: 'gateway';
  config: DoorConfig;
}

/** A service that answers. */
export interface RunningService {
  name: ServiceName | 'gateway';
  /** `http://127.0.0.1:4001` */
  url: string;
  port: number;
  app: NestFastifyApplication;
  routes: readonly RouteInfo[];
  platform: Platform;
  /** Throws on the gateway, which has none. */
  readonly messaging: Messaging;
  readonly database: Database;
  /** The OpenAPI 3.1 document that /openapi.json answers. */
  openapi: object;
  /** Stops in the order of the toolchain notes; never throws, done within 10 seconds. Safe to call twice. */
  close(): Promise<void>;
}
