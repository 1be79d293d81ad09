import { systemClock, CrashPoints } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { auditAction, record } from '../test/events.ts';
import { databaseForTests, effects, inboxRows, leaveEffect, quiet } from '../test/service.ts';
import type { EventContext } from './event-context.ts';
import { InProcessTransport } from './in-process-transport.ts';
import { Messaging } from './messaging.ts';
import { Permanent } from './worker.decide.ts';

const TYPE = 'patrol.audit-action.recorded.v1';

@Controller()
class FirstConsumer {
  @EventPattern<string>(TYPE)
  async handle(@Payload() data: { username: string }, @Ctx() context: EventContext): Promise<void> {
    if (data.username === 'nobody') throw new Permanent('unknown-application');
    await leaveEffect(data as never, context);
    if (data.username === 'odd') throw new TypeError('odd');
  }
}

@Controller()
class SecondConsumer {
  @EventPattern(TYPE)
  async handle(@Ctx() context: EventContext): Promise<void> {
    await leaveEffect(undefined as never, context);
  }
}

@Module({ controllers: [FirstConsumer, SecondConsumer] })
class Consumers {}

@Controller()
class Asking {
  @MessagePattern('hello')
  hello() {}
}
@Module({ controllers: [Asking] })
class AskingModule {}

describe('the event door of a Nest application', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  beforeAll(async () => {
    db = await databaseForTests('strategy');
  });
  afterAll(() => db.end());

  const nest = (module: unknown) =>
    NestFactory.create(module as never, new FastifyAdapter(), { logger: false, abortOnError: false });
  const messagingOn = (transport: InProcessTransport) =>
    new Messaging({
      ...{ service: 'test-service', source: '/test', database: db.database, transport, clock: systemClock },
      ...{ logger: quiet, crashPoints: new CrashPoints(), metrics: new Registry(), backOffMs: [] },
    });

  it('design Events: handlers are ordinary @EventPattern methods; all of a type run, in order, in one transaction', async () => {
    const transport = new InProcessTransport();
    const messaging = messagingOn(transport);
    const app = await nest(Consumers);
    messaging.connect(app);
    expect(messaging.ready()).toBe(false);
    await app.startAllMicroservices();
    await messaging.start();
    expect(messaging.ready()).toBe(true);
    await transport.publish(
      ['dana', 'nobody', 'odd'].map((subject) => record(auditAction({ subject, id: subject }))),
    );
    await waitFor(async () => (await inboxRows(db.database, 'pending')).length === 0);
    expect(await effects(db.database)).toEqual(['dana', 'dana']);
    const dead = await inboxRows(db.database, 'dead');
    // the original error arrives, not Nest's "Internal server error"
    expect(dead.map(({ reason }) => reason).sort()).toEqual(['exhausted', 'unknown-application']);
    const notices = await db.database.query<{ body: Buffer }>('SELECT body FROM outbox');
    expect(notices.map(({ body }) => JSON.parse(body.toString()).detail)).toContain('TypeError');
    await messaging.pauseConsumers();
    await messaging.drain();
    await messaging.stop();
    await app.close();
  });

  it('refuses to listen where it was connected without a filter that hands errors on', async () => {
    const messaging = messagingOn(new InProcessTransport());
    const app = await nest(Consumers);
    app.connectMicroservice({ strategy: messaging.strategy() });
    await expect(app.startAllMicroservices()).rejects.toThrow('messaging.connect(app)');
    await app.close();
  });

  it('refuses patterns that are not events of the catalogue', async () => {
    const app = await nest(AskingModule);
    expect(() => messagingOn(new InProcessTransport()).connect(app)).toThrow('not an event of the catalogue');
    await app.close();
  });
});
