import { waitFor } from '@countersign/testing';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { type Answer, basic } from '../../src/http.ts';
import { IDENTIFIER, mintOnce, Partner } from '../../src/partner.ts';
import { System } from '../../src/system.ts';

interface Item {
  vendor: string;
  key: string;
  value: string;
  delivered: boolean;
  updatedAt: string;
}

/** What partners need to know about users, as a bank and its users have it: the whole system, through the gateway. */
describe('SSO data (seed 002)', () => {
  let system: System;
  let bank: Bank;
  let partner: Partner;

  beforeAll(async () => {
    system = await System.boot('sso_data');
    bank = await system.bank();
    partner = await Partner.open(bank);
    await partner.register(bank, 'example');
    await partner.register(bank, 'second');
  });
  afterAll(async () => {
    await partner?.close();
    await system?.close();
  });
  beforeEach(() => {
    partner.says = mintOnce;
  });

  const launch = (username: string, vendor = 'example', headers = {}) =>
    bank.api('POST', `/v1/sso/${vendor}/launch`, { username }, { headers });
  const launched = async (username: string, vendor = 'example') =>
    expectStatus(await launch(username, vendor), 200);
  const items = async (username: string): Promise<Item[]> =>
    expectStatus(await bank.api('GET', `/v1/third-party-data/${username}`), 200).items;
  /** A user's values as `vendor/key: value`. */
  const kept = async (username: string): Promise<Record<string, string>> =>
    Object.fromEntries((await items(username)).map(({ vendor, key, value }) => [`${vendor}/${key}`, value]));
  const define = async (name: string) =>
    expectStatus(
      await bank.api('PUT', `/v1/third-party-data-elements/${name}`, { description: 'of the test' }),
      200,
    );
  const userId = async (username: string): Promise<string> => (await bank.user(username)).userId;
  /** Events about a user that came over the bus, once everything has settled. */
  const told = async (type: string, id: string) => {
    await system.settled();
    return system.bus.events(type, { userId: id }).map(({ data }) => data);
  };

  describe('install plans', () => {
    it('issue 5: a dry run says what the plan would change and changes nothing; again, it changes nothing', async () => {
      const { url } = partner;
      expectStatus(await bank.api('PUT', '/v1/vendors/planned', { name: 'Planned', handlerUrl: url }), 200);
      const plan = {
        thirdPartyDataElements: [{ name: 'Session.Planned', description: 'planned' }],
        uiTextPrefix: 'Planned',
      };
      const install = async (query = '') =>
        expectStatus(await bank.api('POST', `/v1/vendors/planned/install${query}`, plan), 200);
      const wouldBe = {
        changed: true,
        elements: { added: ['Session.Planned'] },
        uiTextPrefix: { to: 'Planned' },
      };
      expect(await install('?dryRun=true')).toMatchObject({ dryRun: true, ...wouldBe });
      const element = '/v1/third-party-data-elements/Session.Planned';
      expect((await bank.api('GET', element)).status).toBe(404);
      expect((await bank.api('GET', '/v1/vendors/planned')).body.installedAt).toBeUndefined();
      expect(await install()).toMatchObject({ dryRun: false, ...wouldBe });
      expect((await bank.api('GET', element)).body).toMatchObject({
        description: 'planned',
        delivered: true,
      });
      expect(await install()).toMatchObject({ changed: false, elements: { unchanged: ['Session.Planned'] } });
    });

    it('issue 5: uninstalling says what is lost, and does it only where exactly that is confirmed', async () => {
      const url = '/v1/third-party-data/ulla/planned/Session.Planned';
      expectStatus(await bank.api('PUT', url, { value: 'to be lost' }), 204);
      const uninstall = (body: object, query = '') =>
        bank.api('POST', `/v1/vendors/planned/uninstall${query}`, body);
      const { loses, confirm } = expectStatus(await uninstall({}, '?dryRun=true'), 200);
      expect(loses).toEqual({ elements: ['Session.Planned'], values: 1, users: 1 });
      expect(expectStatus(await uninstall({}), 409)).toMatchObject({
        code: 'sso/uninstall-unconfirmed',
        loses,
      });
      expect(await kept('ulla')).toEqual({ 'planned/Session.Planned': 'to be lost' });
      expect(expectStatus(await uninstall({ confirm }), 200)).toMatchObject({ dryRun: false, loses });
      expect(await kept('ulla')).toEqual({});
      expectStatus(await bank.api('DELETE', '/v1/vendors/planned'), 204);
    });
  });

  describe('launches', () => {
    it('S1, S2, S9: an identifier minted the first time is given back the second; nothing is written then', async () => {
      const first = await launched('dana');
      expect(first).toEqual({
        ...{ responseType: 'LINK_OUT', response: 'http://www.q2ebanking.com', success: true },
        ...{ saved: [IDENTIFIER], refusedNames: [], endUserErrorMessage: '', uiTextPrefix: 'ExampleSSO' },
      });
      expect(partner.shown).toEqual({});
      expect(partner.calls.at(-1)).toMatchObject({
        vendorId: 'example',
        appId: bank.appId,
        ssoIdentifier: null,
      });
      const before = await items('dana');
      expect(before).toMatchObject([{ vendor: 'example', key: IDENTIFIER, delivered: true }]);

      expect(await launched('DANA')).toMatchObject({ success: true, saved: [] });
      expect(partner.shown).toEqual({ [IDENTIFIER]: before[0]!.value });
      expect(await items('dana')).toEqual(before);
      const id = await userId('dana');
      expect(await told('sso.user-data.saved.v1', id)).toEqual([
        { userId: id, vendor: 'example', names: [IDENTIFIER], by: 'launch' },
      ]);
    });

    it('S1: ten launches of a new user at once yield one identifier', async () => {
      const seen = partner.calls.length;
      const answers = await Promise.all(Array.from({ length: 10 }, () => launched('tess')));
      expect(answers.filter(({ saved }) => saved.length > 0)).toHaveLength(1);
      const shown = partner.calls.slice(seen).flatMap(({ vendorConfigs }) => [...vendorConfigs.values()]);
      expect([...new Set(shown)]).toEqual(Object.values(await kept('tess')));
    });

    it('S3: values are a user’s and a vendor’s own', async () => {
      await launched('erin');
      await launched('finn');
      await launched('erin', 'second');
      expect(partner.shown).toEqual({});
      const [erin, finn] = [await kept('erin'), await kept('finn')];
      const own = [
        erin[`example/${IDENTIFIER}`],
        erin[`second/${IDENTIFIER}`],
        finn[`example/${IDENTIFIER}`],
      ];
      expect(new Set(own).size).toBe(3);
      expect([Object.keys(erin).length, Object.keys(finn).length]).toEqual([2, 1]);
    });

    it('S4: a name that does not start with Session. is stored, and not delivered', async () => {
      await define('Internal.Note');
      const value = { value: 'for the bank alone' };
      expectStatus(await bank.api('PUT', '/v1/third-party-data/gwen/example/Internal.Note', value), 204);
      await launched('gwen');
      await launched('gwen');
      expect(Object.keys(partner.shown)).toEqual([IDENTIFIER]);
      const note = (await items('gwen')).find(({ key }) => key === 'Internal.Note');
      expect(note).toMatchObject({ ...value, delivered: false });
    });

    it('S5: a key without a definition is refused and told, the link and the other values stand', async () => {
      partner.says = ({ linkOut, userLevelConfigList }) =>
        linkOut('https://partner.example/in', {
          userLevelConfigList: userLevelConfigList([
            { key: 'Session.NobodyKnows', value: 'x' },
            { key: IDENTIFIER, value: 'known' },
          ]),
        });
      expect(await launched('hugo')).toMatchObject({
        ...{ success: true, response: 'https://partner.example/in' },
        ...{ saved: [IDENTIFIER], refusedNames: ['Session.NobodyKnows'] },
      });
      expect(await kept('hugo')).toEqual({ [`example/${IDENTIFIER}`]: 'known' });
      const id = await userId('hugo');
      expect(await told('sso.launch.names-refused.v1', id)).toEqual([
        { userId: id, vendor: 'example', names: ['Session.NobodyKnows'], others: 0 },
      ]);
    });

    it('S6: several keys are added and changed together, or none of them', async () => {
      const names = ['Session.Tier', 'Session.Branch', 'Session.Locale'];
      for (const name of names) await define(name);
      const answering = (...values: string[]) => {
        partner.says = ({ linkOut, userLevelConfigList }) => {
          const configs = values.map((value, at) => ({ key: names[at]!, value }));
          return linkOut('https://partner.example/in', { userLevelConfigList: userLevelConfigList(configs) });
        };
        return launched('iris');
      };
      expect((await answering('gold', 'north')).saved).toEqual(names.slice(0, 2));
      expect((await answering('silver', 'north', 'de')).saved).toEqual([names[0], names[2]]);
      const whole = await kept('iris');
      expect(Object.values(whole).toSorted()).toEqual(['de', 'north', 'silver']);
      expect(await answering('bronze', 'south', 'x'.repeat(5000))).toMatchObject({
        ...{ success: false, because: 'not-an-answer', saved: [] },
      });
      expect(await kept('iris')).toEqual(whole);
      const events = await told('sso.user-data.saved.v1', await userId('iris'));
      expect(events.map((event) => event.names)).toEqual([names.slice(0, 2), [names[0], names[2]]]);
    });

    it('S7: a definition that was made elsewhere counts only after the invalidation of that table', async () => {
      await launched('jack'); // definitions are in the cache from here on
      const [{ at } = { at: '' }] = await system.rows<{ at: string }>(
        'sso-data',
        `INSERT INTO third_party_data_elements (app_id, name, description)
         VALUES ($1, 'Session.Late', 'made by another instance') RETURNING created_at::text AS at`,
        [bank.appId],
      );
      expect(at).not.toBe('');
      partner.says = ({ linkOut, userLevelConfigList }) =>
        linkOut('https://partner.example/in', {
          userLevelConfigList: userLevelConfigList([{ key: 'Session.Late', value: 'late' }]),
        });
      expect(await launched('jack')).toMatchObject({ saved: [], refusedNames: ['Session.Late'] });
      const invalidate = async (table: string) => {
        const { invalidationId } = expectStatus(
          await bank.api('POST', '/v1/cache/invalidate', { table }),
          202,
        );
        const path = `/v1/cache/invalidations/${invalidationId}`;
        await waitFor(async () => (await bank.api('GET', path)).body.applied, { what: 'the invalidation' });
      };
      await invalidate('ThirdPartyData');
      expect(await launched('jack')).toMatchObject({ refusedNames: ['Session.Late'] });
      await invalidate('ThirdPartyDataElements');
      expect(await launched('jack')).toMatchObject({ saved: ['Session.Late'], refusedNames: [] });
      await launched('jack');
      expect(partner.shown).toMatchObject({ 'Session.Late': 'late' });
    });

    it('S8: a refusal is the user’s message and an event; nothing is kept', async () => {
      partner.says = ({ refuse }) => refuse('Your contract has ended.');
      expect(await launched('kate')).toMatchObject({
        ...{ success: false, response: null, saved: [], because: 'vendor-refused' },
        endUserErrorMessage: 'Your contract has ended.',
      });
      expect(await kept('kate')).toEqual({});
      const id = await userId('kate');
      expect(await told('sso.launch.failed.v1', id)).toEqual([
        { userId: id, vendor: 'example', reason: 'vendor-refused' },
      ]);
    });

    it('S8: a handler that fails, or is not there, is the vendor’s message', async () => {
      partner.says = () => {
        throw new Error('out of order');
      };
      const message = { success: false, endUserErrorMessage: 'Ask your branch.' };
      expect(await launched('kate')).toMatchObject({ ...message, because: 'vendor-status' });
      const gone = {
        name: 'Gone',
        handlerUrl: 'http://127.0.0.1:1/sso',
        endUserErrorMessage: 'Ask your branch.',
      };
      expectStatus(await bank.api('PUT', '/v1/vendors/gone', gone), 200);
      expect(await launched('kate', 'gone')).toMatchObject({ ...message, because: 'network' });
      expect(await kept('kate')).toEqual({});
    });

    it('issue 5: the handler takes signed requests alone, and none twice', async () => {
      const before = partner.calls.length;
      const body = JSON.stringify({ vendor_id: 'example', vendor_configs: {}, sso_identifier: null });
      const { status } = await fetch(partner.url, { method: 'POST', body });
      expect([status, partner.refused, partner.calls.length]).toEqual([401, ['unsigned'], before]);
      await launched('lena');
      await launched('lena');
      const [one, two] = partner.calls.slice(-2);
      expect(one!.idempotencyKey).not.toBe(two!.idempotencyKey);
      expect(partner.refused).toEqual(['unsigned']);
    });
  });

  describe('a user’s values', () => {
    /** The access token of a real login. */
    const login = async (username: string): Promise<string> =>
      expectStatus(await (await bank.login(username)).verify(await bank.grant(username)), 200).accessToken;

    it('issue 5: the user reads and deletes what is kept of them, and nobody else’s', async () => {
      await launched('mona');
      await launched('mona', 'second');
      await launched('nils');
      const authorization = await login('mona');
      const mine = (method: string, path = '') =>
        bank.call(method, `/v1/me/third-party-data${path}`, { authorization });
      const listed: Item[] = expectStatus(await mine('GET'), 200).items;
      const managed = await items('mona');
      const description = 'a unique identifier for the user';
      expect(listed).toEqual(managed.map((item) => ({ ...item, description })));
      const [{ value: known }] = managed as [Item];

      expectStatus(await mine('DELETE', `/example/${IDENTIFIER}`), 204);
      expect((await mine('DELETE', `/example/${IDENTIFIER}`)).status).toBe(404);
      expect(Object.keys(await kept('mona'))).toEqual([`second/${IDENTIFIER}`]);
      expect(Object.keys(await kept('nils'))).toEqual([`example/${IDENTIFIER}`]);
      await launched('mona');
      expect(partner.shown).toEqual({});
      expect((await kept('mona'))[`example/${IDENTIFIER}`]).not.toBe(known);
      const id = await userId('mona');
      expect(await told('sso.user-data.deleted.v1', id)).toEqual([
        { userId: id, vendor: 'example', names: [IDENTIFIER], by: 'user' },
      ]);
    });

    it('issue 5: management reads and deletes a value, a vendor’s, and all of a user', async () => {
      const at = (path: string) => `/v1/third-party-data/olaf${path}`;
      for (const vendor of ['example', 'second']) await launched('olaf', vendor);
      expectStatus(await bank.api('PUT', at('/example/Session.Tier'), { value: 'gold' }), 204);
      expectStatus(await bank.api('DELETE', at('/example/Session.Tier')), 204);
      expect(Object.keys(await kept('olaf'))).toEqual([`example/${IDENTIFIER}`, `second/${IDENTIFIER}`]);
      expectStatus(await bank.api('DELETE', at('/example')), 204);
      expect(expectStatus(await bank.api('GET', at('/example')), 200).items).toEqual([]);
      expectStatus(await bank.api('DELETE', at('')), 204);
      expect(await kept('olaf')).toEqual({});
      await launched('olaf', 'second');
      expect(partner.shown).toEqual({});
    });

    it('issue 5: deleting the user erases everything here; who takes the name again is somebody new', async () => {
      const username = 'pia';
      await launched(username);
      const id = await userId(username);
      const [{ value: former }] = (await items(username)) as [Item];
      expectStatus(await bank.api('DELETE', `/v1/users/${username}`), 204);
      const rows = async () => {
        const [row] = await system.rows<{ values: string; keys: string; erased: string }>(
          'sso-data',
          `SELECT (SELECT count(*) FROM third_party_data WHERE user_id = $1) AS "values",
             count(data_key) AS keys, count(erased_at) AS erased FROM users WHERE user_id = $1`,
          [id],
        );
        return row;
      };
      await waitFor(async () => (await rows())?.erased === '1', { what: 'the erasure' });
      expect(await rows()).toEqual({ values: '0', keys: '0', erased: '1' });
      expect(await kept(username)).toEqual({});
      await system.settled();
      expect(system.bus.events('sso.user-data.erased.v1', { userId: id })).toHaveLength(1);

      await launched(username);
      expect(partner.shown).toEqual({});
      const [{ value: now }] = (await items(username)) as [Item];
      expect(now).not.toBe(former);
      expect(await userId(username)).not.toBe(id);
      await launched(username);
      expect(partner.shown).toEqual({ [IDENTIFIER]: now });
    });
  });

  describe('API-01: another application', () => {
    let other: Bank;
    let before: Item[];
    let invalidation: string;
    const value = `/v1/third-party-data/rosa/example/${IDENTIFIER}`;

    beforeAll(async () => {
      other = await system.bank();
      await launched('rosa');
      before = await items('rosa');
      const asked = await bank.api('POST', '/v1/cache/invalidate', { table: 'ThirdPartyData' });
      invalidation = expectStatus(asked, 202).invalidationId;
    });
    afterEach(async () => {
      expect(await items('rosa')).toEqual(before);
      expect((await bank.api('GET', '/v1/vendors/example')).body).toMatchObject({ handlerUrl: partner.url });
      expect((await bank.api('GET', `/v1/third-party-data-elements/${IDENTIFIER}`)).status).toBe(200);
    });

    const plan = { thirdPartyDataElements: [] };
    const table: { method: string; path: string; body?: object }[] = [
      { method: 'GET', path: '/v1/vendors/example' },
      { method: 'DELETE', path: '/v1/vendors/example' },
      { method: 'POST', path: '/v1/vendors/example/install', body: plan },
      { method: 'POST', path: '/v1/vendors/example/install?dryRun=true', body: plan },
      { method: 'POST', path: '/v1/vendors/example/uninstall', body: {} },
      { method: 'POST', path: '/v1/vendors/example/uninstall?dryRun=true', body: {} },
      { method: 'POST', path: '/v1/sso/example/launch', body: { username: 'rosa' } },
      { method: 'GET', path: `/v1/third-party-data-elements/${IDENTIFIER}` },
      { method: 'DELETE', path: `/v1/third-party-data-elements/${IDENTIFIER}` },
      { method: 'GET', path: '/v1/third-party-data/rosa/example' },
      { method: 'PUT', path: value, body: { value: 'mine now' } },
      { method: 'DELETE', path: value },
      { method: 'DELETE', path: '/v1/third-party-data/rosa/example' },
      { method: 'GET', path: '/v1/cache/invalidations/{id}' },
    ];

    it.each(table)('finds nothing: 404 for $method $path', async ({ method, path, body }) => {
      const asked = path.replace('{id}', invalidation);
      const calls = partner.calls.length;
      const answers: Answer[] = [
        await other.api(method, asked, body),
        // nor by the way to the application whose it is
        await bank.api(method, asked, body, { authorization: basic(other.apiKey) }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      for (const { text } of answers) expect(text).not.toContain(before[0]!.value);
      expect(partner.calls).toHaveLength(calls);
    });

    it('has lists of its own, with nothing in them', async () => {
      for (const path of ['/v1/vendors', '/v1/third-party-data-elements', '/v1/third-party-data/rosa'])
        expect([path, expectStatus(await other.api('GET', path), 200).items]).toEqual([path, []]);
      expectStatus(await other.api('DELETE', '/v1/third-party-data/rosa'), 204);
      const { keys: theirs } = expectStatus(await other.call('GET', '/v1/sso/jwks.json'), 200);
      const { keys: ours } = expectStatus(await bank.call('GET', '/v1/sso/jwks.json'), 200);
      const ids = [...theirs, ...ours].map(({ kid }: { kid: string }) => kid);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('may have a vendor, an element and a user of the same names, which are others', async () => {
      const own = await Partner.open(other);
      try {
        await own.register(other, 'example');
        expectStatus(await other.api('POST', '/v1/sso/example/launch', { username: 'rosa' }), 200);
        expect(own.shown).toEqual({});
        const { items: theirs } = (await other.api('GET', '/v1/third-party-data/rosa')).body as {
          items: Item[];
        };
        expect(theirs).toHaveLength(1);
        expect(theirs[0]!.value).not.toBe(before[0]!.value);
      } finally {
        await own.close();
      }
    });
  });
});
