import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from '../elements/element-definitions.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import { UninstallService } from './uninstall.service.ts';
import { REMOVED_AT_ONCE, ValueRemoval } from './value-removal.service.ts';

const sso = new SsoData();
let key: string;
const keyOf = (appId: string) => `Bearer ${sso.neighbours.key(appId, 'sso:read', 'sso:write')}`;
const rows = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);
const install = async (id: string, elements: string[], by = key) => {
  const body = { name: id, handlerUrl: 'https://vendor.example/sso' };
  await sso.request('PUT', `/v1/vendors/${id}`, by, body);
  const thirdPartyDataElements = elements.map((name) => ({ name, description: 'd' }));
  const plan = { thirdPartyDataElements, uiTextPrefix: 'Ui' };
  expect((await sso.request('POST', `/v1/vendors/${id}/install`, by, plan)).status).toBe(200);
};
const uninstall = (id: string, body: unknown = {}, by = key) =>
  sso.request('POST', `/v1/vendors/${id}/uninstall`, by, body);
const dryRun = (id: string, by = key) =>
  sso.request('POST', `/v1/vendors/${id}/uninstall?dryRun=true`, by, {});
const element = async (name: string, by = key) =>
  (await sso.request('GET', `/v1/third-party-data-elements/${name}`, by)).status;

const USER = `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ($1, $2, $2, now()) ON CONFLICT DO NOTHING`;
const VALUE = `INSERT INTO third_party_data (app_id, user_id, vendor, element, sealed_value)
  VALUES ($1, $2, $3, $4, 'sealed')`;
/** A value as a launch would leave it, without its contents. */
const value = async (vendor: string, userId: string, name: string, appId = 'demo') => {
  await rows(USER, [appId, userId]);
  await rows(VALUE, [appId, userId, vendor, name]);
};
/** What tests with a crowd may take. */
const CROWDED_MS = 30_000;
/** One value for each of `n` users. */
const crowd = async (vendor: string, name: string, n: number) => {
  await rows(
    `INSERT INTO users (app_id, user_id, username_key, resolved_at)
     SELECT 'demo', $1 || n, $1 || n, now() FROM generate_series(1, $2::int) n`,
    [vendor, n],
  );
  await rows(
    `INSERT INTO third_party_data (app_id, user_id, vendor, element, sealed_value)
     SELECT 'demo', $1 || n, $1, $3, 'sealed' FROM generate_series(1, $2::int) n`,
    [vendor, n, name],
  );
};
const valuesOf = async (vendor: string) =>
  (
    await rows<{ n: number }>('SELECT count(*)::int AS n FROM third_party_data WHERE vendor = $1', [vendor])
  )[0]?.n;
const events = async (vendor: string) =>
  (
    await rows<{
      key: string;
      event: { type: string; appid: string; subject: string; data: { names: string[] } };
    }>(
      `SELECT key, convert_from(body, 'UTF8')::jsonb AS event FROM outbox
       WHERE topic = 'sso.user-data' AND convert_from(body, 'UTF8')::jsonb->'data'->>'vendor' = $1 ORDER BY key`,
      [vendor],
    )
  ).map((row) => ({ ...row.event, key: row.key }));
const tables = async () =>
  JSON.stringify(
    await Promise.all(
      ['vendors', 'third_party_data_elements', 'vendor_elements', 'third_party_data', 'outbox'].map((table) =>
        rows(`SELECT to_jsonb(t) - 'published_at' AS row FROM ${table} t ORDER BY 1`),
      ),
    ),
  );

/** A transaction of somebody else, held open until `end`. */
const beside = async (...statements: [string, unknown[]][]) => {
  let end!: () => void;
  const ending = new Promise<void>((resolve) => (end = resolve));
  let begun!: () => void;
  const ready = new Promise<void>((resolve) => (begun = resolve));
  const done = sso.service.database.transaction(async (tx) => {
    for (const [sql, params] of statements) await tx.query(sql, params);
    begun();
    await ending;
  });
  await Promise.race([ready, done]);
  return { end: () => (end(), done) };
};
/** Until somebody waits for a lock. */
const blocked = async () => {
  for (let waiting = 0; waiting === 0;)
    waiting = (
      await rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).length;
};

beforeAll(async () => {
  await sso.open();
  key = keyOf('demo');
});
afterAll(() => sso.close());

describe('POST /v1/vendors/{vendor}/uninstall', () => {
  it('says what is lost, wants exactly that confirmed, and loses it', async () => {
    await install('acme', ['Session.Acme', 'AcmeNote']);
    for (const user of ['ann', 'bob']) await value('acme', user, 'Session.Acme');
    await value('acme', 'ann', 'AcmeNote');
    const loses = { elements: ['AcmeNote', 'Session.Acme'], values: 3, users: 2 };

    const before = await tables();
    const dry = await dryRun('acme');
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, loses } });
    const { confirm } = dry.body;
    for (const body of [undefined, {}, { confirm: 'x' }, { confirm: `${confirm}x` }])
      expect(await uninstall('acme', body)).toMatchObject({
        status: 409,
        body: { code: 'sso/uninstall-unconfirmed', loses, confirm },
      });
    expect(await tables()).toBe(before);

    const done = await uninstall('acme', { confirm });
    expect(done).toMatchObject({ status: 200, body: { dryRun: false, loses, confirm } });
    expect(await valuesOf('acme')).toBe(0);
    expect([await element('Session.Acme'), await element('AcmeNote')]).toEqual([404, 404]);
    const shown = (await sso.request('GET', '/v1/vendors/acme', key)).body;
    expect(shown).toMatchObject({ vendor: 'acme', handlerUrl: 'https://vendor.example/sso' });
    expect([shown.uiTextPrefix, shown.installedAt]).toEqual([undefined, undefined]);
    expect((await sso.request('DELETE', '/v1/vendors/acme', key)).status).toBe(204);
  });

  it('EV-02: tells of each user, with names and without values', async () => {
    expect(await events('acme')).toEqual([
      expect.objectContaining({
        key: 'ann',
        type: 'sso.user-data.deleted.v1',
        appid: 'demo',
        subject: 'ann',
        data: { userId: 'ann', vendor: 'acme', names: ['AcmeNote', 'Session.Acme'], by: 'uninstall' },
      }),
      expect.objectContaining({
        key: 'bob',
        data: { userId: 'bob', vendor: 'acme', names: ['Session.Acme'], by: 'uninstall' },
      }),
    ]);
  });

  it('where nothing is installed and nothing is kept there is nothing to confirm: a repeat is as good', async () => {
    await install('again', ['Again']);
    const { confirm } = (await dryRun('again')).body;
    expect((await uninstall('again', { confirm })).body.loses.elements).toEqual(['Again']);
    const nothing = { elements: [], values: 0, users: 0 };
    const before = await tables();
    for (const body of [{ confirm }, {}])
      expect(await uninstall('again', body)).toMatchObject({ status: 200, body: { loses: nothing } });
    expect(await tables()).toBe(before);
  });

  it('a confirmation is stale after every write and every change of the plan', async () => {
    await install('stale', ['Session.Stale']);
    await value('stale', 's1', 'Session.Stale');
    const where = `WHERE app_id = 'demo' AND vendor = 'stale'`;
    for (const change of [
      () => value('stale', 's2', 'Session.Stale'),
      () =>
        rows(`UPDATE third_party_data SET version = version + 1, updated_at = clock_timestamp() ${where}`),
      async () => {
        await rows(`DELETE FROM third_party_data ${where} AND user_id = 's2'`);
        await value('stale', 's2', 'Session.Stale');
      },
      () => install('stale', ['Session.Stale', 'More']),
      () => install('stale', ['Session.Stale']),
      () => rows(`DELETE FROM third_party_data ${where} AND user_id = 's2'`),
    ]) {
      const { confirm } = (await dryRun('stale')).body;
      await change();
      const left = await valuesOf('stale');
      expect(await uninstall('stale', { confirm })).toMatchObject({
        status: 409,
        body: { loses: { values: left } },
      });
      expect(await valuesOf('stale')).toBe(left);
    }
  });

  it('a confirmation is good for one vendor of one application', async () => {
    const other = keyOf('twin');
    await install('twin-a', []);
    await install('twin-b', []);
    await install('twin-a', [], other);
    // alike in everything else
    await rows(`UPDATE vendors SET installed_at = now() WHERE vendor IN ('twin-a', 'twin-b')`);
    const { confirm } = (await dryRun('twin-a')).body;
    expect((await uninstall('twin-b', { confirm })).status).toBe(409);
    expect((await uninstall('twin-a', { confirm }, other)).status).toBe(409);
    expect((await uninstall('twin-a', { confirm })).status).toBe(200);
  });

  it('elements that others defined, name or use stay', async () => {
    const own = '/v1/third-party-data-elements/ByHand';
    await sso.request('PUT', own, key, { description: 'd' });
    await install('giver', ['ByHand', 'NamedToo', 'UsedToo', 'Only']);
    await install('taker', ['NamedToo']);
    await value('taker', 'u', 'UsedToo');
    await value('giver', 'u', 'UsedToo');
    const { loses, confirm } = (await dryRun('giver')).body;
    expect(loses).toEqual({ elements: ['Only'], values: 1, users: 1 });
    expect((await uninstall('giver', { confirm })).status).toBe(200);
    const found = await Promise.all(['ByHand', 'NamedToo', 'UsedToo', 'Only'].map((name) => element(name)));
    expect(found).toEqual([200, 200, 200, 404]);
    expect(await valuesOf('taker')).toBe(1);
    // the plan that is the last to name it takes it along
    expect((await dryRun('taker')).body.loses.elements).toEqual(['NamedToo']);
  });

  it(
    'many values go in batches, each with its events, and the plan last',
    async () => {
      const n = 2 * REMOVED_AT_ONCE + 1;
      await install('crowd', ['Session.Crowd']);
      await crowd('crowd', 'Session.Crowd', n);
      const { confirm } = (await dryRun('crowd')).body;
      const done = await uninstall('crowd', { confirm });
      expect(done).toMatchObject({
        status: 200,
        body: { loses: { elements: ['Session.Crowd'], values: n, users: n } },
      });
      expect(done.body.confirm).toBe(confirm);
      expect(await valuesOf('crowd')).toBe(0);
      const told = await events('crowd');
      expect(new Set(told.map((event) => event.subject)).size).toBe(n);
      expect(told).toHaveLength(n);
      expect(await element('Session.Crowd')).toBe(404);
    },
    CROWDED_MS,
  );

  it(
    'where it broke off after a batch the plan is there, and the rest can be uninstalled',
    async () => {
      await install('broken', ['Session.Broken']);
      await crowd('broken', 'Session.Broken', REMOVED_AT_ONCE + 10);
      const { confirm } = (await dryRun('broken')).body;
      const removal = sso.service.app.get(ValueRemoval, { strict: false });
      const now = '2999-01-01T00:00:00Z';
      await sso.service.database.transaction((tx) => removal.batch(tx, 'demo', 'broken', now));
      const refused = await uninstall('broken', { confirm });
      const loses = { elements: ['Session.Broken'], values: 10, users: 10 };
      expect(refused).toMatchObject({ status: 409, body: { loses } });
      expect((await uninstall('broken', { confirm: refused.body.confirm })).body.loses).toEqual(loses);
      expect(await element('Session.Broken')).toBe(404);
    },
    CROWDED_MS,
  );

  it(
    'a value that is written meanwhile is not lost: it wants a confirmation of its own',
    async () => {
      await install('busy', ['Session.Busy']);
      await crowd('busy', 'Session.Busy', REMOVED_AT_ONCE + 10);
      await rows(USER, ['demo', 'late']);
      const { confirm } = (await dryRun('busy')).body;
      // the batches have to wait for this one, when all was counted already
      const erasure = await beside([`SELECT FROM third_party_data WHERE user_id = 'busy7' FOR UPDATE`, []]);
      const running = uninstall('busy', { confirm });
      await blocked();
      await rows(VALUE, ['demo', 'late', 'busy', 'Session.Busy']);
      await erasure.end();
      const refused = await running;
      const loses = { elements: ['Session.Busy'], values: 1, users: 1 };
      expect(refused).toMatchObject({ status: 409, body: { code: 'sso/uninstall-unconfirmed', loses } });
      expect(await rows(`SELECT user_id FROM third_party_data WHERE vendor = 'busy'`)).toEqual([
        { user_id: 'late' },
      ]);
      expect((await sso.request('GET', '/v1/vendors/busy', key)).body.installedAt).toBeDefined();
      expect((await uninstall('busy', { confirm: refused.body.confirm })).status).toBe(200);
    },
    CROWDED_MS,
  );

  it('a write that is under way is waited for and counted', async () => {
    await install('waits', ['Session.Waits']);
    // not of the plan: it is the vendor that has to be held
    await sso.request('PUT', '/v1/third-party-data-elements/WaitsToo', key, { description: 'd' });
    await rows(USER, ['demo', 'w']);
    const { confirm } = (await dryRun('waits')).body;
    const write = await beside([VALUE, ['demo', 'w', 'waits', 'WaitsToo']]);
    const running = uninstall('waits', { confirm });
    await blocked();
    await write.end();
    expect(await running).toMatchObject({ status: 409, body: { loses: { values: 1, users: 1 } } });
  });

  it('who cannot confirm waits for nobody and holds nobody up', async () => {
    await install('calm', ['Session.Calm']);
    await rows(USER, ['demo', 'c']);
    const write = await beside([VALUE, ['demo', 'c', 'calm', 'Session.Calm']]);
    expect((await dryRun('calm')).status).toBe(200);
    expect((await uninstall('calm', { confirm: 'guessed' })).status).toBe(409);
    await write.end();
  });

  it('another vendor’s write of an element that is about to go keeps the element', async () => {
    await install('leaves', ['Session.Both']);
    await install('comes', []);
    await rows(USER, ['demo', 'b']);
    const { confirm } = (await dryRun('leaves')).body;
    const write = await beside([VALUE, ['demo', 'b', 'comes', 'Session.Both']]);
    const running = uninstall('leaves', { confirm });
    await blocked();
    await write.end();
    const refused = await running;
    expect(refused).toMatchObject({ status: 409, body: { loses: { elements: [], values: 0 } } });
    expect((await uninstall('leaves', { confirm: refused.body.confirm })).status).toBe(200);
    expect(await element('Session.Both')).toBe(200);
  });

  it(
    'an install meanwhile wants a confirmation of its own',
    async () => {
      await install('renewed', ['Session.Renewed']);
      await crowd('renewed', 'Session.Renewed', REMOVED_AT_ONCE + 10);
      const { confirm } = (await dryRun('renewed')).body;
      const hold = await beside([`SELECT FROM third_party_data WHERE user_id = 'renewed7' FOR UPDATE`, []]);
      const running = uninstall('renewed', { confirm });
      await blocked();
      await install('renewed', ['Session.Renewed', 'Session.New']);
      await hold.end();
      expect((await running).status).toBe(409);
      expect([await element('Session.Renewed'), await element('Session.New')]).toEqual([200, 200]);
    },
    CROWDED_MS,
  );

  it(
    'two at once with the same confirmation: the values go once, and nobody gets a fault',
    async () => {
      await install('twice', ['Session.Twice']);
      await crowd('twice', 'Session.Twice', REMOVED_AT_ONCE + 500);
      const { confirm } = (await dryRun('twice')).body;
      const answers = await Promise.all([1, 2, 3].map(() => uninstall('twice', { confirm })));
      expect(answers.map(({ status }) => status)).toContain(200);
      for (const { status } of answers) expect([200, 409]).toContain(status);
      expect(await valuesOf('twice')).toBe(0);
      expect(await events('twice')).toHaveLength(REMOVED_AT_ONCE + 500);
      expect((await dryRun('twice')).body.loses).toEqual({ elements: [], values: 0, users: 0 });
    },
    CROWDED_MS,
  );

  it('read-your-writes: this instance forgets the elements and values at once', async () => {
    const definitions = sso.service.app.get(ElementDefinitions, { strict: false });
    await install('seen', ['Session.Seen']);
    const path = '/v1/third-party-data/seer/seen';
    expect((await sso.request('PUT', `${path}/Session.Seen`, key, { value: 'v-1' })).status).toBe(204);
    expect((await sso.request('GET', path, key)).body.items).toMatchObject([{ value: 'v-1' }]);
    expect((await definitions.of('demo')).has('Session.Seen')).toBe(true);
    const { confirm } = (await dryRun('seen')).body;
    // what the write told is heard, and the values are kept from now on
    while ((await rows('SELECT FROM outbox WHERE published_at IS NULL')).length > 0);
    const values = sso.service.app.get(CachedValues, { strict: false });
    const kept = await values.of('demo', 'seer');
    expect(await values.of('demo', 'seer')).toBe(kept);
    // inside, so that what is on its way on the bus cannot have arrived
    const uninstalls = sso.service.app.get(UninstallService, { strict: false });
    const done = await uninstalls.uninstall('demo', 'seen', confirm);
    const cached = await values.of('demo', 'seer');
    expect(cached?.vendors.has('seen')).toBe(false);
    expect(done.ok).toBe(true);
    expect(JSON.stringify([done, await events('seen')])).not.toContain('v-1');
    expect((await definitions.of('demo')).has('Session.Seen')).toBe(false);
    expect((await sso.request('GET', path, key)).body.items).toEqual([]);
  });

  it('values written while it runs are kept or refused: no orphan, no fault', async () => {
    await install('storm', ['Session.Storm']);
    const put = (n: number) =>
      sso.request('PUT', `/v1/third-party-data/storm${n % 10}/storm/Session.Storm`, key, { value: `${n}` });
    await Promise.all(Array.from({ length: 10 }, (_, n) => put(n)));
    const storm = Array.from({ length: 60 }, (_, n) => put(n));
    let { status, body } = await dryRun('storm');
    for (let round = 0; round < 100 && (status !== 200 || body.dryRun); round++)
      ({ status, body } = await uninstall('storm', { confirm: body.confirm }));
    expect(status).toBe(200);
    for (const { status: of } of await Promise.all(storm)) expect([204, 404]).toContain(of);
    expect(await valuesOf('storm')).toBe(0);
    expect(await element('Session.Storm')).toBe(404);
  });

  it.each([
    { confirm: '' },
    { confirm: 1 },
    { confirm: null },
    { confirm: 'x'.repeat(201) },
    { force: true },
    [],
    'x',
  ])('API-07: 400 for %j', async (body) => {
    expect((await uninstall('stale', body)).status).toBe(400);
  });

  it('a misspelt dry run uninstalls nothing', async () => {
    const { confirm } = (await dryRun('stale')).body;
    for (const query of ['dryRun=yes', 'dryrun=true', 'dryRun=', 'force=true'])
      expect(
        (await sso.request('POST', `/v1/vendors/stale/uninstall?${query}`, key, { confirm })).status,
      ).toBe(400);
    expect(await element('Session.Stale')).toBe(200);
  });

  it('404 for a vendor that is not there', async () => {
    expect((await dryRun('nobody')).body.code).toBe('sso/vendor-not-found');
    expect((await uninstall('nobody', { confirm: 'x' })).body.code).toBe('sso/vendor-not-found');
  });
});
