import type { ServiceName } from '@countersign/contracts';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { remoteApiKeys } from './access/api-key-verifier.ts';
import type { Gate } from './access/check-access.ts';
import { closer } from './close-service.ts';
import { addPreflight } from './http/cors.ts';
import { type Door, openDoor } from './http/open-door.ts';
import { validationPipe } from './input/validated.ts';
import { nestLogger } from './logs.ts';
import { commonPlatform, openServicePlatform } from './open-platform.ts';
import { deadLettersController } from './ops/dead-letters.controller.ts';
import { addHealth, serviceReadiness } from './ops/health.ts';
import { addMetricsRoute } from './ops/metrics.ts';
import { addOpenApiRoute, describeApi } from './ops/openapi.ts';
import { lenientBodies } from './ops/strict-bodies.ts';
import type { Platform } from './platform.ts';
import { PlatformModule } from './platform.module.ts';
import { ProblemFilter } from './problems/problem.filter.ts';
import { ReturnsInterceptor } from './returns.ts';
import type { GatewayOptions, RunningService, ServiceOptions } from './service-options.ts';

@Module({})
class RootModule {}

/**
 * Builds a service and opens its door. Order: database and migrations, seed, module, routes (each with an access
 * rule, or it throws), door, consumers, relay. What was opened is closed again if a step fails.
 * Touches nothing process-wide, so that several services live in one process.
 */
export async function createService(options: ServiceOptions | GatewayOptions): Promise<RunningService> {
  const platform = commonPlatform(options);
  const parts: { app?: NestFastifyApplication; door?: Door } = {};
  const close = closer(platform, parts);
  try {
    if (options.name !== 'gateway') {
      await openServicePlatform(platform, options);
      await options.seed?.(platform);
    }
    const gate = gateOf(platform, options);
    const door = await openDoor(platform, gate);
    parts.door = door;
    addHealth(door.fastify, platform, [
      ...(platform.isService ? [serviceReadiness] : []),
      ...(options.ready ? [options.ready] : []),
    ]);
    const app = await NestFactory.create<NestFastifyApplication>(
      rootModule(platform, await options.module(platform)),
      door.adapter,
      { logger: nestLogger(), abortOnError: false, bodyParser: false },
    );
    parts.app = app;
    app.useGlobalFilters(new ProblemFilter(platform.logger));
    app.useGlobalPipes(validationPipe());
    app.useGlobalInterceptors(new ReturnsInterceptor());
    if (platform.isService) {
      platform.messaging.connect(app);
      addMetricsRoute(door.fastify, platform.metrics);
      addOpenApiRoute(door.fastify, () => openapi);
    }
    await app.init();
    // after Nest has set its error handler, which these routes then share
    await options.door?.(door.fastify, platform);
    const openapi = describeApi(app, options.name, options.description ?? '');
    const lenient = lenientBodies(openapi);
    if (lenient.length > 0) throw new Error(`unknown fields would be dropped by ${lenient.join(', ')}`);
    addPreflight(door.fastify, door.routes.checked(), gate);
    const routes = door.routes.checked();
    await app.listen(options.config.port, options.config.host);
    if (platform.isService) {
      await app.startAllMicroservices();
      await platform.messaging.start();
    }
    return running(platform, app, routes, openapi, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function rootModule(platform: Platform, module: DynamicModule): DynamicModule {
  const own = platform.isService ? [deadLettersController(platform.name as ServiceName)] : [];
  return { module: RootModule, imports: [PlatformModule.of(platform), module], controllers: own };
}

function gateOf(platform: Platform, options: ServiceOptions | GatewayOptions): Gate {
  const suffixes = options.config.appHostSuffixes;
  if (options.name === 'gateway') {
    const nowhere = () => Promise.resolve(undefined);
    return { suffixes, directory: { byId: nowhere, byHost: nowhere }, keys: nowhere };
  }
  const sessions = options.sessions?.(platform);
  const userTokens = options.userTokens?.(platform);
  return {
    suffixes,
    directory: platform.directory,
    keys: options.keys?.(platform) ?? remoteApiKeys(platform.client),
    identity: platform.identity,
    ...(sessions && { sessions }),
    ...(userTokens && { userTokens }),
  };
}

async function running(
  platform: Platform,
  app: NestFastifyApplication,
  routes: RunningService['routes'],
  openapi: object,
  close: () => Promise<void>,
): Promise<RunningService> {
  const url = await app.getUrl();
  const { name } = platform;
  return {
    ...{ name, url, port: Number(new URL(url).port), app, routes, platform, openapi, close },
    get messaging() {
      return platform.messaging;
    },
    get database() {
      return platform.database;
    },
  };
}
