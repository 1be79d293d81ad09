import { connect } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import { Controller, Get, type OnModuleDestroy } from '@nestjs/common';
import { call } from '../test/call.ts';
import { startAlone } from '../test/one-service.ts';
import { moduleOf } from '../test/two-services.ts';
import { Access, type ServiceOptions } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('close_service');
});
afterAll(() => database.drop());

const start = (module: ServiceOptions['module'], more: Partial<ServiceOptions> = {}) =>
  startAlone(database.url, module, more);

describe('closing a service', () => {
  it('toolchain: no new connections, requests under way finish, then the app, then the pool', async () => {
    const order: string[] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Slow implements OnModuleDestroy {
      @Get('slow')
      @Access.open()
      async slow() {
        entered();
        await held;
        await service.database.query('SELECT 1');
        order.push('request');
        return { done: true };
      }
      onModuleDestroy() {
        order.push('app');
      }
    }
    const service = await start(() => moduleOf(Slow));
    const { messaging } = service;
    const pause = messaging.pauseConsumers.bind(messaging);
    messaging.pauseConsumers = () => (order.push('consumers'), pause());
    const under = call(service.url, '/v1/slow');
    await inside;
    const closed = service.close();
    expect(await call(service.url, '/healthz').catch((error: NodeJS.ErrnoException) => error.code)).toBe(
      'ECONNREFUSED',
    );
    release();
    expect((await under).body).toEqual({ done: true });
    await closed;
    expect(order.filter((step, at) => order.indexOf(step) === at)).toEqual(['request', 'consumers', 'app']);
    await expect(service.database.query('SELECT 1')).rejects.toThrow();
    await service.close();
  });

  it('toolchain: a kept connection is answered with connection: close and ends', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Slow {
      @Get('slow')
      @Access.open()
      slow() {
        entered();
        return held.then(() => ({}));
      }
    }
    const service = await start(() => moduleOf(Slow));
    const socket = connect(service.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    expect(text).toMatch(/connection: keep-alive/i);
    text = '';
    socket.write('GET /v1/slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await inside;
    const closed = service.close();
    release();
    await Promise.all([closed, ended]);
    expect(text).toMatch(/200 OK/);
    expect(text).toMatch(/connection: close/i);
  });

  it('toolchain: a request that never ends does not keep the service from closing within 10 s', async () => {
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Stuck {
      @Get('stuck')
      @Access.open()
      stuck() {
        entered();
        return new Promise(() => {});
      }
    }
    const service = await start(() => moduleOf(Stuck));
    const stuck = call(service.url, '/v1/stuck').catch((error: NodeJS.ErrnoException) => error.code);
    await inside;
    const begun = performance.now();
    await service.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await stuck).toBe('ECONNRESET');
  }, 15_000);
});
