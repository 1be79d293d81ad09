import { jest } from '@jest/globals';
import type { RunningService } from '@countersign/service-kit';
import { waitFor } from '@countersign/testing';
import { BusOfAnother } from '../../test/bus-of-another.ts';
import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from '../elements/element-definitions.ts';
import { CacheFollower } from './cache-follower.ts';

// a loaded machine is slow, not wrong
jest.setTimeout(30_000);

const sso = new SsoData();
const bus = new BusOfAnother(sso.transport);
let one: RunningService;
let two: RunningService;
let key: string;

const ask = (instance: RunningService, method: string, path: string, body?: unknown) =>
  sso.request(method, path, key, body, instance);
const defined = async (instance: RunningService) => [
  ...(await instance.app.get(ElementDefinitions).of('demo')).keys(),
];
const define = (instance: RunningService, name: string) =>
  ask(instance, 'PUT', `/v1/third-party-data-elements/${name}`, { description: 'd' });
const invalidate = async (instance: RunningService, table = 'ThirdPartyDataElements') => {
  const { body } = await ask(instance, 'POST', '/v1/cache/invalidate', { table });
  return body.invalidationId as string;
};
const view = async (instance: RunningService, id: string) =>
  (await ask(instance, 'GET', `/v1/cache/invalidations/${id}`)).body;
const applied = (id: string) => waitFor(async () => (await view(one, id)).applied === true);

const values = '/v1/third-party-data/dana/acme';
const put = (instance: RunningService, value: string) =>
  ask(instance, 'PUT', `${values}/Session.Id`, { value });
const read = async (instance: RunningService) =>
  (await ask(instance, 'GET', values)).body.items.map((item: { value: string }) => item.value);

beforeAll(async () => {
  await sso.open();
  one = sso.service;
  two = await sso.another(bus);
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  await ask(one, 'PUT', '/v1/vendors/acme', { name: 'Acme', handlerUrl: 'https://acme.example/sso' });
  await define(one, 'Session.Id');
  await applied(await invalidate(one));
});
afterAll(() => sso.close());

describe('two instances of sso-data', () => {
  it('S7: a definition made on one is known there at once, and on the other after an invalidation', async () => {
    await defined(two);
    await define(one, 'Session.New');
    expect(await defined(one)).toContain('Session.New');
    expect(await defined(two)).not.toContain('Session.New');
    const id = await invalidate(one);
    await applied(id);
    expect(await defined(two)).toContain('Session.New');
    const { instances } = await view(two, id);
    expect(instances).toHaveLength(2);
    expect(instances.every((instance: { appliedAt?: string }) => instance.appliedAt)).toBe(true);
  });

  it('issue 5: whichever instance is asked, an acknowledged invalidation leaves no stale read on any', async () => {
    for (let i = 0; i < 10; i++) {
      const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one];
      await Promise.all([defined(one), defined(two)]);
      await define(writer, `Session.Round${i}`);
      await applied(await invalidate(reader));
      for (const instance of [one, two]) expect(await defined(instance)).toContain(`Session.Round${i}`);
    }
  });

  it('issue 5: values written on one are read on the other, without anybody asking for it', async () => {
    expect((await put(one, 'first')).status).toBe(204);
    expect(await read(one)).toEqual(['first']);
    await waitFor(async () => (await read(two)).includes('first'));
    await put(one, 'second');
    expect(await read(one)).toEqual(['second']);
    await waitFor(async () => (await read(two)).includes('second'));
    await ask(one, 'DELETE', `${values}/Session.Id`);
    expect(await read(one)).toEqual([]);
    await waitFor(async () => (await read(two)).length === 0);
  });

  it('issue 5: values of a user who was erased on one are gone on the other', async () => {
    await put(one, 'to be erased');
    await waitFor(async () => (await read(two)).includes('to be erased'));
    await sso.userDeleted('demo', sso.neighbours.userId('demo', 'dana'));
    sso.neighbours.forget('demo', 'dana');
    await waitFor(async () => (await read(two)).length === 0);
    await waitFor(async () => (await read(one)).length === 0);
  });

  it('issue 5: an instance that lost the bus loads every time, and holds up no invalidation', async () => {
    await defined(two);
    await bus.cutOff();
    expect(two.app.get(CacheFollower).current()).toBe(false);
    await define(one, 'Session.Cut1');
    expect(await defined(two)).toContain('Session.Cut1');
    await define(one, 'Session.Cut2');
    expect(await defined(two)).toContain('Session.Cut2');
    await put(one, 'unheard');
    expect(await read(two)).toEqual(['unheard']);
    await put(one, 'unheard too');
    expect(await read(two)).toEqual(['unheard too']);
    await applied(await invalidate(one));
  });

  it('issue 5: when the bus is back, nothing from before is answered', async () => {
    await bus.comeBack();
    await defined(two);
    await define(one, 'Session.Before');
    await applied(await invalidate(one));
    await defined(two);
    await bus.cutOff();
    await define(one, 'Session.Meanwhile');
    await bus.comeBack();
    expect(two.app.get(CacheFollower).current()).toBe(true);
    expect(await defined(two)).toContain('Session.Meanwhile');
  });

  it('issue 5: an instance that ends is not waited for', async () => {
    const three = await sso.another();
    await defined(three);
    const before = await invalidate(one);
    await applied(before);
    expect((await view(one, before)).instances).toHaveLength(3);
    await three.close();
    const after = await invalidate(one);
    await applied(after);
    expect((await view(one, after)).instances).toHaveLength(2);
  });
});
