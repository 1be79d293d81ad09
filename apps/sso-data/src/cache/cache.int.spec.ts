import { EVENTS } from '@countersign/contracts';
import { waitFor } from '@countersign/testing';
import { jest } from '@jest/globals';
import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from '../elements/element-definitions.ts';
import { CacheFollower } from './cache-follower.ts';
import { CacheRepository } from './cache.repository.ts';

// a loaded machine is slow, not wrong
jest.setTimeout(30_000);

interface Heard {
  type: string;
  subject: string;
  appid: string;
  partitionkey: string;
  data: Record<string, string>;
}

const sso = new SsoData();
const heard: Heard[] = [];
let key: string;
let otherKey: string;

const invalidate = (body: unknown, as = key) => sso.request('POST', '/v1/cache/invalidate', as, body);
const invalidation = (id: string, as = key) => sso.request('GET', `/v1/cache/invalidations/${id}`, as);
const sql = (text: string, params: unknown[] = []) => sso.service.database.query(text, params);
/** The names that this instance takes for defined. */
const defined = async (appId = 'demo') => [
  ...(await sso.service.app.get(ElementDefinitions).of(appId)).keys(),
];
/** As another program would: no instance is told. */
const defineUnheard = (name: string, appId = 'demo') =>
  sql(`INSERT INTO third_party_data_elements (app_id, name, description) VALUES ($1, $2, 'x')`, [
    appId,
    name,
  ]);
const applied = (id: string) => waitFor(async () => (await invalidation(id)).body.applied === true);

beforeAll(async () => {
  await sso.open();
  await sso.transport.follow({
    ...{ reader: 'spec', topics: ['sso.cache'], onGap: () => {} },
    onRecords: async (records) =>
      void heard.push(...records.map(({ value }) => JSON.parse(String(value)) as Heard)),
  });
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  otherKey = `Bearer ${sso.neighbours.key('other', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());

describe('POST /v1/cache/invalidate', () => {
  it('issue 5: answers the id by which each instance reports it applied', async () => {
    const answer = await invalidate({ table: 'ThirdPartyDataElements' });
    expect(answer).toMatchObject({ status: 202, body: { table: 'ThirdPartyDataElements' } });
    const { invalidationId } = answer.body;
    await applied(invalidationId);
    expect((await invalidation(invalidationId)).body).toEqual({
      ...answer.body,
      requestedAt: expect.stringMatching(/Z$/),
      applied: true,
      instances: [{ instance: expect.any(String), appliedAt: expect.stringMatching(/Z$/) }],
    });
  });

  it('EV-02: it travels on the bus, and so does each report, once', async () => {
    const { invalidationId } = (await invalidate({ table: 'ThirdPartyData' })).body;
    await waitFor(() => heard.filter(({ subject }) => subject === invalidationId).length === 2);
    const events = heard.filter(({ subject }) => subject === invalidationId);
    const [instance] = (await invalidation(invalidationId)).body.instances;
    expect(events).toMatchObject([
      { type: 'sso.cache.invalidated.v1', appid: 'demo', partitionkey: 'demo' },
      { type: 'sso.cache.applied.v1', appid: 'demo', partitionkey: 'demo' },
    ]);
    expect(events.map(({ data }) => data)).toEqual([
      { invalidationId, table: 'ThirdPartyData' },
      { invalidationId, instance: instance.instance },
    ]);
    for (const { type, data } of events)
      expect(EVENTS[type as keyof typeof EVENTS].data.safeParse(data).success).toBe(true);
  });

  it('S7: a definition made elsewhere is known after it, not before', async () => {
    await defined();
    await defineUnheard('Session.New');
    expect(await defined()).not.toContain('Session.New');
    await invalidate({ table: 'ThirdPartyData' });
    expect(await defined()).not.toContain('Session.New');
    await invalidate({ table: 'ThirdPartyDataElements' });
    // on the instance that was asked: at once
    expect(await defined()).toContain('Session.New');
  });

  it('issue 5: a definition made here is known here at once', async () => {
    await defined();
    await sso.request('PUT', '/v1/third-party-data-elements/Session.Own', key, { description: 'd' });
    expect(await defined()).toContain('Session.Own');
    await sso.request('DELETE', '/v1/third-party-data-elements/Session.Own', key);
    expect(await defined()).not.toContain('Session.Own');
  });

  it('issue 5: one that is never heard is found and applied all the same', async () => {
    await defined();
    await defineUnheard('Session.Unheard');
    const id = crypto.randomUUID();
    await sql(
      `INSERT INTO cache_invalidations (id, app_id, table_name) VALUES ($1, 'demo', 'ThirdPartyDataElements')`,
      [id],
    );
    await applied(id);
    expect(await defined()).toContain('Session.Unheard');
  });

  it('many at once are all applied', async () => {
    const many = await Promise.all(
      Array.from({ length: 120 }, () => invalidate({ table: 'ThirdPartyDataElements' })),
    );
    for (const { body } of many) await applied(body.invalidationId);
    const ids = new Set(many.map(({ body }) => body.invalidationId));
    expect(ids.size).toBe(120);
    const reports = () =>
      heard.filter(({ type, subject }) => type === 'sso.cache.applied.v1' && ids.has(subject)).length;
    await waitFor(() => reports() >= 120);
    expect(reports()).toBe(120);
  });

  it('design HTTP: the same Idempotency-Key is one invalidation', async () => {
    const ask = async (table: string) => {
      const answer = await fetch(`${sso.service.url}/v1/cache/invalidate`, {
        method: 'POST',
        headers: { authorization: key, 'content-type': 'application/json', 'idempotency-key': 'once' },
        body: JSON.stringify({ table }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    const first = await ask('ThirdPartyData');
    expect(first.status).toBe(202);
    expect(await ask('ThirdPartyData')).toEqual(first);
    expect((await ask('ThirdPartyDataElements')).status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ['nothing', undefined],
    ['no table', {}],
    ['a list', []],
    ['an empty name', { table: '' }],
    ['null', { table: null }],
    ['another case', { table: 'thirdpartydata' }],
    ['two tables', { table: ['ThirdPartyData'] }],
    ['a table of ours', { table: 'users; DROP TABLE users' }],
    ['100 KB', { table: 'x'.repeat(100_000) }],
    ['an application', { table: 'ThirdPartyData', appId: 'other' }],
  ])('API-02: 400 for %s', async (_title, body) => {
    expect((await invalidate(body)).status).toBe(400);
  });
});

describe('GET /v1/cache/invalidations/{id}', () => {
  it('API-01: another application’s is not found, and its caches are left alone', async () => {
    await defined('other');
    await defineUnheard('Session.Theirs', 'other');
    const { invalidationId } = (await invalidate({ table: 'ThirdPartyDataElements' })).body;
    await applied(invalidationId);
    expect(await invalidation(invalidationId, otherKey)).toMatchObject({
      status: 404,
      body: { code: 'sso/invalidation-not-found' },
    });
    expect(await defined('other')).not.toContain('Session.Theirs');
  });

  it('404 for one that never was, 400 for what is no id', async () => {
    expect((await invalidation(crypto.randomUUID())).status).toBe(404);
    for (const id of ['x', '1', `${crypto.randomUUID()}x`, '%00', 'x'.repeat(500)])
      expect((await invalidation(id)).status).toBe(400);
  });

  it('issue 5: applied waits for every instance that was there before, and for no other', async () => {
    await sql(`INSERT INTO cache_instances (instance, started_at, seen_at) VALUES
      ('silent', clock_timestamp() - interval '1 hour', clock_timestamp()),
      ('dead', clock_timestamp() - interval '1 hour', clock_timestamp() - interval '16 seconds')`);
    const { invalidationId } = (await invalidate({ table: 'ThirdPartyData' })).body;
    await sql(`INSERT INTO cache_instances (instance) VALUES ('younger')`);
    const view = async () => (await invalidation(invalidationId)).body;
    await waitFor(async () => (await view()).instances.some((one: { appliedAt?: string }) => one.appliedAt));
    const { applied, instances } = await view();
    expect(applied).toBe(false);
    expect(instances).toHaveLength(2);
    expect(instances).toContainEqual({ instance: 'silent' });
    await sql(`INSERT INTO cache_reports (invalidation_id, instance) VALUES ($1, 'silent')`, [
      invalidationId,
    ]);
    expect((await view()).applied).toBe(true);
    await sql(`DELETE FROM cache_instances WHERE instance IN ('silent', 'dead', 'younger')`);
  });
});

describe('what is heard', () => {
  const event = (over: object, data: object) => ({
    ...{ specversion: '1.0', id: crypto.randomUUID(), source: '/sso-data', appid: 'demo', subject: 's' },
    ...over,
    data,
  });
  const say = (topic: string, document: unknown) =>
    sso.transport.publish([{ topic, key: 'demo', value: Buffer.from(JSON.stringify(document)) }]);
  const asked = { invalidationId: 'i', table: 'ThirdPartyDataElements' };
  const type = 'sso.cache.invalidated.v1';

  it.each([
    ['of another source', event({ type, source: '/bank' }, asked)],
    ['of another source that looks like it', event({ type, source: '/sso-data/' }, asked)],
    ['of another application', event({ type, appid: 'other' }, asked)],
    ['without an application', event({ type, appid: undefined }, asked)],
    ['of an unknown table', event({ type }, { ...asked, table: 'users' })],
    ['of a later version', event({ type: 'sso.cache.invalidated.v2' }, asked)],
    ['without data', event({ type }, {})],
    ['that is no event', 'hello'],
  ])('EV-05: what is %s drops nothing', async (title, document) => {
    await defined();
    await defineUnheard(`Session.Heard.${title.replaceAll(' ', '')}`);
    const before = await defined();
    await say('sso.cache', document);
    // followers hear it behind the publication
    await new Promise((resolve) => setImmediate(resolve));
    expect(await defined()).toEqual(before);
    // and whoever comes after it is heard
    await say('sso.cache', event({ type }, asked));
    await waitFor(async () => (await defined()).length === before.length + 1);
  });
});

it('issue 5: an instance that nobody waits for any more answers nothing from its cache, nor what it kept when it is back', async () => {
  await defined();
  await defineUnheard('Session.Frozen');
  expect(await defined()).not.toContain('Session.Frozen');
  const follower = sso.service.app.get(CacheFollower);
  expect(follower.current()).toBe(true);
  // as if the process had been frozen for eleven seconds
  const real = performance.now.bind(performance);
  const frozen = jest.spyOn(performance, 'now').mockImplementation(() => real() + 11_000);
  try {
    expect(follower.current()).toBe(false);
    expect(await defined()).toContain('Session.Frozen');
    // it says again that it is there
    await waitFor(() => follower.current());
    expect(await defined()).toContain('Session.Frozen');
  } finally {
    frozen.mockRestore();
  }
});

it('invalidations are forgotten after a day, dead instances after an hour', async () => {
  await sql(`INSERT INTO cache_invalidations (id, app_id, table_name, requested_at)
    VALUES ('old', 'demo', 'ThirdPartyData', clock_timestamp() - interval '25 hours')`);
  await sql(`INSERT INTO cache_reports (invalidation_id, instance) VALUES ('old', 'dead')`);
  await sql(`INSERT INTO cache_instances (instance, seen_at)
    VALUES ('dead', clock_timestamp() - interval '61 minutes')`);
  const before = (await sql('SELECT 1 FROM cache_invalidations')).length;
  expect(await sso.service.app.get(CacheRepository).purge()).toBe(2);
  expect(await sql('SELECT 1 FROM cache_invalidations')).toHaveLength(before - 1);
  expect(await sql(`SELECT 1 FROM cache_reports WHERE invalidation_id = 'old'`)).toEqual([]);
  expect(await sql('SELECT 1 FROM cache_instances')).toHaveLength(1);
});

it('EXT-06: 401 without a key, 403 without the scope', async () => {
  const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
  const writer = `Bearer ${sso.neighbours.key('demo', 'sso:write')}`;
  const body = { table: 'ThirdPartyData' };
  const path = `/v1/cache/invalidations/${crypto.randomUUID()}`;
  expect((await sso.request('POST', '/v1/cache/invalidate', undefined, body)).status).toBe(401);
  expect((await sso.request('GET', path)).status).toBe(401);
  expect((await invalidate(body, reader)).status).toBe(403);
  expect((await sso.request('GET', path, writer)).status).toBe(403);
});
