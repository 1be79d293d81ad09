import {
  type Application,
  applicationSettings,
  type Scope,
  type ServiceName,
  type VerifiedKey,
  verifyKeyRequest,
} from '@countersign/contracts';
import { InProcessTransport } from '@countersign/messaging';
import { createTestDatabase, serviceSettings, type TestDatabase } from '@countersign/testing';
import { Controller, Get, HttpCode, type DynamicModule, Post, type Type } from '@nestjs/common';
import { pino } from 'pino';
import { z } from 'zod';
import { createLogger } from '../src/logs.ts';
import {
  Access,
  body,
  createService,
  param,
  ProblemException,
  query,
  type RunningService,
  type ServiceConfig,
  type ServiceOptions,
} from '../src/index.ts';

/** What a small token-service knows; specs change it under way. */
export class Known {
  readonly keys = new Map<string, VerifiedKey>();
  readonly applications = new Map<string, Application>();
  verified = 0;

  application(appId: string, settings: object = {}): Application {
    const application = { appId, name: appId, settings: applicationSettings.parse(settings) };
    this.applications.set(appId, application);
    return application;
  }

  key(key: string, appId: string, scopes: Scope[]): string {
    const application = this.applications.get(appId) ?? this.application(appId);
    this.keys.set(key, { keyId: `id-${key}`, appId, scopes, constraints: {}, application });
    return key;
  }
}

/** The settings of a service under test; port 0 is any free one. */
export function configOf(
  name: ServiceName,
  databaseUrl: string,
  more: Partial<ServiceConfig> = {},
): ServiceConfig {
  return {
    ...serviceSettings(name, databaseUrl, 'http://127.0.0.1:9'),
    trustedProxies: ['127.0.0.1/32'],
    databasePool: 3,
    ...more,
  };
}

/** A token-service that answers the two questions every other service has. */
export function smallTokenService(known: Known, config: ServiceConfig): Promise<RunningService> {
  @Controller('internal')
  class InternalController {
    @Post('api-keys/verify')
    @HttpCode(200)
    @Access.service('sso-data', 'mfa-orchestrator')
    verify(@body(verifyKeyRequest) { key }: z.output<typeof verifyKeyRequest>) {
      known.verified++;
      const found = known.keys.get(key);
      if (!found) throw new ProblemException('token/key-not-found');
      return found;
    }

    @Get('applications/:appId')
    @Access.service('sso-data', 'mfa-orchestrator')
    byId(@param('appId', z.string()) appId: string) {
      return this.found((application) => application.appId === appId);
    }

    @Get('applications')
    @Access.service('sso-data', 'mfa-orchestrator')
    byHost(@query(z.strictObject({ host: z.string() })) { host }: { host: string }) {
      return this.found((application) => application.settings.hostAliases.includes(host));
    }

    private found(matches: (application: Application) => boolean): Application {
      const application = [...known.applications.values()].find(matches);
      if (!application) throw new ProblemException('token/application-not-found');
      return application;
    }
  }
  return createService({
    name: 'token-service',
    config,
    deps: { transport: new InProcessTransport() },
    database: { entities: [], migrations: [] },
    module: () => moduleOf(InternalController),
  });
}

export const moduleOf = (...controllers: Type[]): DynamicModule => {
  class SpecModule {}
  return { module: SpecModule, controllers };
};

/** A logger whose lines can be read. */
export function readableLogger() {
  const lines: string[] = [];
  return { lines, logger: createLogger('spec', 'trace', { write: (line: string) => void lines.push(line) }) };
}

/** Two services that talk over HTTP: a small token-service and the one under test (`sso-data`). */
export interface TwoServices {
  known: Known;
  tokens: RunningService;
  service: RunningService;
  lines: string[];
  close(): Promise<void>;
}

export async function twoServices(
  label: string,
  options: Partial<ServiceOptions> & Pick<ServiceOptions, 'module'>,
): Promise<TwoServices> {
  const known = new Known();
  const databases: TestDatabase[] = await Promise.all([
    createTestDatabase(`${label}_t`),
    createTestDatabase(`${label}_s`),
  ]);
  const tokens = await smallTokenService(known, configOf('token-service', databases[0]!.url));
  const { lines, logger } = readableLogger();
  const base = configOf('sso-data', databases[1]!.url);
  const service = await createService({
    name: 'sso-data',
    deps: { transport: new InProcessTransport(), logger },
    database: { entities: [], migrations: [] },
    ...options,
    config: { ...base, serviceUrls: { ...base.serviceUrls, 'token-service': tokens.url }, ...options.config },
  } as ServiceOptions).catch(async (error: unknown) => {
    await tokens.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await service.close();
    await tokens.close();
    await Promise.all(databases.map((database) => database.drop()));
  };
  return { known, tokens, service, lines, close };
}

export const silent = pino({ level: 'silent' });
