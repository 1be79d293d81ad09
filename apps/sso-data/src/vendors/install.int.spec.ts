import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from '../elements/element-definitions.ts';

const sso = new SsoData();
let key: string;
const keyOf = (appId: string) => `Bearer ${sso.neighbours.key(appId, 'sso:read', 'sso:write')}`;
const rows = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);
const vendor = async (id: string, by = key) => {
  const body = { name: id, handlerUrl: 'https://vendor.example/sso' };
  expect((await sso.request('PUT', `/v1/vendors/${id}`, by, body)).status).toBe(200);
};
const install = (id: string, plan: unknown, { dryRun = false, by = key } = {}) =>
  sso.request('POST', `/v1/vendors/${id}/install${dryRun ? '?dryRun=true' : ''}`, by, plan);
const plan = (elements: Record<string, string>, uiTextPrefix?: string) => ({
  thirdPartyDataElements: Object.entries(elements).map(([name, description]) => ({ name, description })),
  ...(uiTextPrefix !== undefined && { uiTextPrefix }),
});
const element = (name: string, by = key) => sso.request('GET', `/v1/third-party-data-elements/${name}`, by);

/** Everything that an install could touch. */
const tables = async () =>
  JSON.stringify(
    await Promise.all(
      ['vendors', 'third_party_data_elements', 'vendor_elements', 'third_party_data', 'outbox'].map((table) =>
        rows(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY 1`),
      ),
    ),
  );

/** The seed's db_plan. */
const SEED = plan({ 'Session.UserSSOIdentifier': 'a unique identifier for the user' }, 'ExampleSSO');

beforeAll(async () => {
  await sso.open();
  key = keyOf('demo');
});
afterAll(() => sso.close());

describe('POST /v1/vendors/{vendor}/install', () => {
  it('seed Q2: the db_plan of the sample is installed, and again changes nothing', async () => {
    await vendor('example');
    const first = await install('example', SEED);
    expect(first).toMatchObject({ status: 200 });
    expect(first.body).toEqual({
      dryRun: false,
      changed: true,
      elements: { added: ['Session.UserSSOIdentifier'], changed: [], unchanged: [], released: [] },
      uiTextPrefix: { to: 'ExampleSSO' },
    });
    expect((await element('Session.UserSSOIdentifier')).body).toMatchObject({
      description: 'a unique identifier for the user',
      delivered: true,
    });
    const shown = (await sso.request('GET', '/v1/vendors/example', key)).body;
    expect(shown).toMatchObject({ uiTextPrefix: 'ExampleSSO', installedAt: expect.any(String) });
    const before = await tables();
    expect((await install('example', SEED)).body).toEqual({
      dryRun: false,
      changed: false,
      elements: { added: [], changed: [], unchanged: ['Session.UserSSOIdentifier'], released: [] },
      uiTextPrefix: { from: 'ExampleSSO', to: 'ExampleSSO' },
    });
    expect(await tables()).toBe(before);
  });

  it('a dry run says what an install does, and changes nothing', async () => {
    await vendor('dry');
    await install('dry', plan({ Kept: 'k', Old: 'o', Redescribed: 'one' }, 'Dry'));
    const next = plan({ Kept: 'k', New: 'n', Redescribed: 'two' }, 'Dry2');
    const before = await tables();
    const dry = await install('dry', next, { dryRun: true });
    expect(dry.body).toEqual({
      dryRun: true,
      changed: true,
      elements: { added: ['New'], changed: ['Redescribed'], unchanged: ['Kept'], released: ['Old'] },
      uiTextPrefix: { from: 'Dry', to: 'Dry2' },
    });
    expect(await tables()).toBe(before);
    expect((await element('New')).status).toBe(404);
    expect((await install('dry', next)).body).toEqual({ ...dry.body, dryRun: false });
    expect((await element('Redescribed')).body.description).toBe('two');
    expect((await element('Old')).status).toBe(200);
    expect((await install('dry', next, { dryRun: true })).body.changed).toBe(false);
  });

  it('a plan without a prefix takes the prefix away; an empty plan is one', async () => {
    await vendor('empty');
    await install('empty', plan({}, 'Empty'));
    expect((await install('empty', plan({}))).body).toMatchObject({
      changed: true,
      uiTextPrefix: { from: 'Empty' },
    });
    const shown = (await sso.request('GET', '/v1/vendors/empty', key)).body;
    expect(shown.uiTextPrefix).toBeUndefined();
    expect(shown.installedAt).toEqual(expect.any(String));
  });

  it('an element that a plan names is not deleted', async () => {
    await vendor('names');
    await install('names', plan({ Named: 'd' }));
    const path = '/v1/third-party-data-elements/Named';
    expect(await sso.request('DELETE', path, key)).toMatchObject({
      status: 409,
      body: { code: 'sso/element-in-use' },
    });
    await install('names', plan({}));
    expect((await sso.request('DELETE', path, key)).status).toBe(204);
  });

  it('read-your-writes: this instance knows the elements at once', async () => {
    const definitions = sso.service.app.get(ElementDefinitions, { strict: false });
    await definitions.of('demo');
    await vendor('fresh');
    await install('fresh', plan({ 'Session.Fresh': 'd' }));
    expect((await definitions.of('demo')).get('Session.Fresh')?.delivered).toBe(true);
  });

  it('two installs of different plans at once leave one of them whole', async () => {
    await vendor('racer');
    for (let round = 0; round < 5; round++) {
      const plans = ['A', 'B', 'C'].map((who) =>
        plan({ Shared: who, [`Race${who}1`]: who, [`Race${who}2`]: who }, who),
      );
      const answers = await Promise.all(
        plans.flatMap((one) => [install('racer', one), install('racer', one)]),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      const { uiTextPrefix: won } = (await sso.request('GET', '/v1/vendors/racer', key)).body;
      const named = await rows<{ element: string }>(
        `SELECT element FROM vendor_elements WHERE app_id = 'demo' AND vendor = 'racer' ORDER BY element`,
      );
      expect(named.map((row) => row.element)).toEqual([`Race${won}1`, `Race${won}2`, 'Shared']);
      expect((await element('Shared')).body.description).toBe(won);
    }
  });

  it('more of them at once than there are connections are done one after the other', async () => {
    await vendor('queue');
    const many = Array.from({ length: 20 }, (_, n) =>
      install('queue', plan({ Queue: `${n}` }), { dryRun: n % 2 === 0 }),
    );
    expect((await Promise.all(many)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it.each([
    ['501 elements', plan(Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`e${n}`, 'd'])))],
    ['no elements', {}],
    ['elements that are none', { thirdPartyDataElements: {} }],
    ['an element without a name', { thirdPartyDataElements: [{ description: 'd' }] }],
    ['an element without a description', { thirdPartyDataElements: [{ name: 'a' }] }],
    ['an unknown member', { ...plan({ a: 'd' }), scripts: [] }],
    [
      'an unknown member of an element',
      { thirdPartyDataElements: [{ name: 'a', description: 'd', made: true }] },
    ],
    ['__proto__ as an element', { thirdPartyDataElements: [{ name: '__proto__', description: 'd' }] }],
    ['a name beyond ASCII', plan({ 'Session.Имя': 'd' })],
    ['a long description', plan({ a: 'x'.repeat(301) })],
    ['control characters', plan({ a: 'x\u0007' })],
    ['a prefix that is none', plan({}, '1Example')],
    ['a long prefix', plan({}, `E${'x'.repeat(64)}`)],
    ['an empty prefix', plan({}, '')],
    ['a list', [plan({})]],
    ['nothing', undefined],
  ])('API-07: 400 for %s, and nothing changes', async (_, body) => {
    await vendor('strict');
    const before = await tables();
    expect(await install('strict', body)).toMatchObject({ status: 400, body: { code: 'request/invalid' } });
    expect(await install('strict', body, { dryRun: true })).toMatchObject({ status: 400 });
    expect(await tables()).toBe(before);
  });

  it('the same element twice is one, described otherwise it is 400', async () => {
    await vendor('twice');
    const a = { name: 'Twice', description: 'one ✓' };
    const refused = await install('twice', { thirdPartyDataElements: [a, { ...a, description: 'two' }] });
    expect(refused).toMatchObject({ status: 400, body: { field: 'thirdPartyDataElements.1.name' } });
    expect((await install('twice', { thirdPartyDataElements: [a, a] })).body.elements.added).toEqual([
      'Twice',
    ]);
    expect((await element('Twice')).body.description).toBe('one ✓');
  });

  it('security 36: __proto__ as a member is 400', async () => {
    const response = await fetch(`${sso.service.url}/v1/vendors/example/install`, {
      method: 'POST',
      headers: { authorization: key, 'content-type': 'application/json' },
      body: '{"thirdPartyDataElements":[],"__proto__":{"uiTextPrefix":"X"}}',
    });
    expect(response.status).toBe(400);
  });

  it.each(['dryRun=yes', 'dryRun=', 'dryRun=1', 'dryRun=true&dryRun=false', 'dryrun=true', 'dryRun=TRUE'])(
    'a dry run that is misspelt installs nothing: 400 for ?%s',
    async (query) => {
      const before = await tables();
      const answer = await sso.request(
        'POST',
        `/v1/vendors/example/install?${query}`,
        key,
        plan({ Typo: 'd' }),
      );
      expect(answer.status).toBe(400);
      expect(await tables()).toBe(before);
    },
  );

  it('API-09: no plan brings an application above 500 elements, however many come at once', async () => {
    const hoarder = keyOf('hoarder');
    await rows(
      `INSERT INTO third_party_data_elements (app_id, name, description)
       SELECT 'hoarder', 'e' || n, 'd' FROM generate_series(1, 497) n`,
    );
    const vendors = ['v0', 'v1', 'v2', 'v3'];
    for (const id of vendors) await vendor(id, hoarder);
    const answers = await Promise.all(
      vendors.map((id) => install(id, plan({ [`${id}a`]: 'd', [`${id}b`]: 'd', e1: 'd' }), { by: hoarder })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('sso/element-limit');
    const refused = await install('v0', plan({ x: 'd', y: 'd', z: 'd' }), { dryRun: true, by: hoarder });
    expect(refused.status).toBe(409);
    const known = plan(Object.fromEntries(Array.from({ length: 497 }, (_, n) => [`e${n + 1}`, 'd'])));
    await vendor('late', hoarder);
    expect((await install('late', known, { by: hoarder })).body.elements.added).toHaveLength(497);
  });

  it('404 for a vendor that is not there', async () => {
    for (const dryRun of [true, false])
      expect(await install('nobody', SEED, { dryRun })).toMatchObject({
        status: 404,
        body: { code: 'sso/vendor-not-found' },
      });
  });

  it('API-01: plans of two applications do not meet', async () => {
    const other = keyOf('other');
    await vendor('example', other);
    const theirs = plan({ 'Session.UserSSOIdentifier': 'theirs' });
    expect((await install('example', theirs, { by: other })).body.elements.added).toHaveLength(1);
    expect((await element('Session.UserSSOIdentifier')).body.description).not.toBe('theirs');
  });
});
