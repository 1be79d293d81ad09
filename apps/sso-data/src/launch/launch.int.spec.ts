import { verifyDetached } from '@countersign/security';
import { waitFor } from '@countersign/testing';
import { SsoData } from '../../test/sso-data.ts';
import { mintOnce, VendorHandler } from '../../test/vendor-handler.ts';

const ID = 'Session.UserSSOIdentifier';
/** A value that looks like a name. */
const UUID = 'c1d8f5e0-3c5b-4d07-9a3e-6f1f5a8f4d11';
const sso = new SsoData();
const handler = new VendorHandler();
let key: string;
let otherKey: string;

const define = (name: string, description = 'of the test') =>
  sso.request('PUT', `/v1/third-party-data-elements/${name}`, key, { description });
const vendor = (name: string, more: object = {}) =>
  sso.request('PUT', `/v1/vendors/${name}`, key, { name, handlerUrl: handler.url, ...more });
const launch = (username: string, to = 'example', by = key) =>
  sso.request('POST', `/v1/sso/${to}/launch`, by, { username });
const kept = async (username: string, of = 'example') => {
  const { status, body } = await sso.request(
    'GET',
    `/v1/third-party-data/${encodeURIComponent(username)}/${of}`,
    key,
  );
  const items: { key: string; value: string }[] = status === 200 ? body.items : [];
  return Object.fromEntries(items.map((item) => [item.key, item.value]));
};
/** Events about user data, as they came over the bus. */
const heard: { type: string; subject: string; data: { userId: string } }[] = [];
const told = async (type: string, username: string, count = 1) => {
  const userId = sso.neighbours.userId('demo', username);
  const found = () => heard.filter((event) => event.type === type && event.subject === userId);
  await waitFor(() => found().length >= count, { what: `${type} about ${username}` });
  return found();
};
const link = (more: object = {}) => ({
  responseType: 'LINK_OUT',
  response: 'https://partner.example/in',
  ...more,
});
const configs = (...pairs: [string, unknown][]) => ({
  userLevelConfigList: { vendorId: 'example', configs: pairs.map(([key, value]) => ({ key, value })) },
});
const shown = () => handler.asked.at(-1)!.body.vendor_configs;

beforeAll(async () => {
  await sso.open();
  await handler.open();
  await sso.transport.subscribe({
    group: 'spec',
    topics: ['sso.user-data'],
    onRecords: async (records) => {
      for (const { value } of records) heard.push(JSON.parse(value!.toString('utf8')));
    },
  });
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  otherKey = `Bearer ${sso.neighbours.key('other', 'sso:read', 'sso:write')}`;
  for (const name of [ID, 'Session.Tier', 'Internal.Note']) await define(name);
  await vendor('example', { endUserErrorMessage: 'Ask your branch.' });
  await vendor('second');
});
afterAll(async () => {
  await handler.close();
  await sso.close();
});
beforeEach(() => {
  handler.asked.length = 0;
  handler.says = mintOnce;
});

describe('seed 002: the sample', () => {
  it('S1, S2, S9: mints an id the first time, gets it back ever after, and leads to the link', async () => {
    const first = await launch('dana');
    expect(first).toMatchObject({
      status: 200,
      body: {
        responseType: 'LINK_OUT',
        response: 'http://www.q2ebanking.com',
        success: true,
        saved: [ID],
        refusedNames: [],
        endUserErrorMessage: '',
      },
    });
    expect(shown()).toEqual({});
    const { [ID]: minted } = await kept('dana');
    expect(minted).toMatch(/^minted-/);
    expect(await told('sso.user-data.saved.v1', 'dana')).toMatchObject([
      { data: { vendor: 'example', names: [ID], by: 'launch' } },
    ]);
    const again = await launch('DANA');
    expect(again.body).toMatchObject({ saved: [], success: true });
    expect(shown()).toEqual({ [ID]: minted });
    expect(await kept('dana')).toEqual({ [ID]: minted });
    handler.says = () => link(configs(['Session.Tier', 'gold']));
    await launch('dana');
    // had the second launch written, its event would stand between these two
    expect(await told('sso.user-data.saved.v1', 'dana', 2)).toMatchObject([
      { data: { names: [ID] } },
      { data: { names: ['Session.Tier'] } },
    ]);
  });

  it('S3: values are of one user and one vendor', async () => {
    await launch('ada');
    await launch('ada', 'second');
    await launch('grace');
    const ids = [await kept('ada'), await kept('ada', 'second'), await kept('grace')].map((all) => all[ID]);
    expect(new Set(ids).size).toBe(3);
    await launch('ada', 'second');
    expect(shown()).toEqual({ [ID]: ids[1] });
  });

  it('S4: a name that does not start with Session. is stored and not delivered', async () => {
    handler.says = () => link(configs(['Internal.Note', 'vip'], ['Session.Tier', 'gold']));
    expect((await launch('kim')).body.saved).toEqual(['Internal.Note', 'Session.Tier']);
    expect(await kept('kim')).toEqual({ 'Internal.Note': 'vip', 'Session.Tier': 'gold' });
    await launch('kim');
    expect(shown()).toEqual({ 'Session.Tier': 'gold' });
  });

  it('S5: unknown names are refused, told of, and break nothing', async () => {
    handler.says = () =>
      link(
        configs(
          ['Session.Nope', 'x'],
          ['4111 1111 1111 1111', 'x'],
          ['__proto__', 'x'],
          [UUID, 'swapped'],
          [ID, 'kept'],
        ),
      );
    const { status, body } = await launch('lee');
    expect([status, body.success, body.saved, body.refusedNames]).toEqual([
      200,
      true,
      [ID],
      ['Session.Nope', UUID],
    ]);
    expect(await kept('lee')).toEqual({ [ID]: 'kept' });
    const [event] = await told('sso.launch.names-refused.v1', 'lee');
    expect(event!.data).toMatchObject({ vendor: 'example', names: ['Session.Nope'], others: 3 });
  });

  it('S6: all of a list or nothing', async () => {
    const lists = [
      configs([ID, 'one'], ['Session.Tier', 'x'.repeat(4097)]),
      configs([ID, 'one'], ['Session.Tier', 'a\0b']),
      configs([ID, 'one'], ['Session.Tier', 7]),
    ];
    for (const list of lists) {
      handler.says = () => link(list);
      expect((await launch('mo')).body).toMatchObject({ success: false, because: 'not-an-answer' });
    }
    expect(await kept('mo')).toEqual({});
  });

  it('an empty string is a value; a name twice: the last counts; changed values are changed', async () => {
    handler.says = () => link(configs([ID, 'first'], [ID, 'last'], ['Session.Tier', '']));
    await launch('pat');
    expect(await kept('pat')).toEqual({ [ID]: 'last', 'Session.Tier': '' });
    handler.says = () => link(configs([ID, 'changed'], ['Session.Tier', '']));
    expect((await launch('pat')).body.saved).toEqual([ID]);
    expect(await kept('pat')).toEqual({ [ID]: 'changed', 'Session.Tier': '' });
  });
});

describe('what a handler is told', () => {
  it('is signed over its exact bytes, for that handler, and names the user by the SSO identifier alone', async () => {
    await sso.request('PUT', '/v1/sso-identifiers/signy', key, { value: 'crm-4711' });
    await launch('signy');
    const { headers, text, body } = handler.asked[0]!;
    expect(body).toEqual({
      iss: 'http://localhost:4000/apps/demo',
      aud: handler.url,
      iat: expect.any(Number),
      jti: headers['idempotency-key'],
      app_id: 'demo',
      vendor_id: 'example',
      vendor_configs: {},
      sso_identifier: 'crm-4711',
    });
    const jwks = await sso.request('GET', '/apps/demo/v1/sso/jwks.json');
    expect(jwks.body.keys).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
    const signature = headers['countersign-signature'] as string;
    const verify = (signed: string, typ: string) =>
      verifyDetached(signature, signed, jwks.body.keys, ['EdDSA'], typ);
    await verify(text, 'sso-request+jws');
    await expect(verify(`${text} `, 'sso-request+jws')).rejects.toThrow();
    await expect(verify(text, 'mfa-decision+jwt')).rejects.toThrow();
    expect(text).not.toContain('signy');
    expect(text).not.toContain(sso.neighbours.userId('demo', 'signy'));
    await launch('signy');
    expect(handler.asked[1]!.body.jti).not.toBe(body.jti);
  });
});

describe('launches at once', () => {
  it('two of a new user, both asked before either answers: one identifier, the second is shown it', async () => {
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    handler.says = async (asked) => {
      if (Object.keys(asked.body.vendor_configs).length === 0 && ++waiting === 2) both.resolve();
      if (waiting < 2) await both.promise;
      return mintOnce(asked);
    };
    const answers = await Promise.all([launch('twin'), launch('twin')]);
    expect(answers.map(({ body }) => body.success)).toEqual([true, true]);
    expect(answers.flatMap(({ body }) => body.saved)).toEqual([ID]);
    expect(handler.asked).toHaveLength(3);
    expect(shown()).toEqual(await kept('twin'));
  });

  it('200 of a new user leave one identifier, which nobody is shown another of', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => launch('crowd')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { [ID]: minted } = await kept('crowd');
    const seen = handler.asked.map(({ body }) => body.vendor_configs[ID]).filter(Boolean);
    expect(new Set(seen)).toEqual(new Set([minted]));
    expect(answers.flatMap(({ body }) => body.saved)).toEqual([ID]);
  });

  it('values that change every time the handler is asked: 409, and the other writer’s value stays', async () => {
    let round = 0;
    await launch('contended');
    handler.says = async () => {
      const value = `by-management-${++round}`;
      await sso.request('PUT', `/v1/third-party-data/contended/example/${ID}`, key, { value });
      return link(configs([ID, 'by the handler']));
    };
    expect(await launch('contended')).toMatchObject({
      status: 409,
      body: { code: 'sso/launch-contended' },
    });
    expect(await kept('contended')).toEqual({ [ID]: `by-management-${round}` });
  });
});

describe('S8: a launch that leads nowhere', () => {
  type Case = [what: string, reason: string, says: VendorHandler['says']];
  const cases: Case[] = [
    ['success: false', 'vendor-refused', () => ({ success: false, ...link(configs([ID, 'x'])) })],
    [
      'HTML',
      'not-json',
      () => (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
    ],
    ['half a JSON', 'not-json', () => (response) => response.end('{"responseType": "LINK_')],
    ['nothing', 'not-json', () => (response) => response.end()],
    ['5 MB', 'too-large', () => (response) => response.end(JSON.stringify(link({ x: 'x'.repeat(5 << 20) })))],
    [
      'a redirect to a private address',
      'redirect',
      () => (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    ],
    ['500', 'vendor-status', () => (response) => response.writeHead(500).end(JSON.stringify(link()))],
    ['another type of response', 'not-an-answer', () => link({ responseType: 'EMBED' })],
    ['no link', 'not-an-answer', () => ({ responseType: 'LINK_OUT' })],
    ['a link that runs in our page', 'not-an-answer', () => link({ response: 'javascript:alert(1)' })],
    ['a link with credentials', 'not-an-answer', () => link({ response: 'https://a:b@partner.example/' })],
    ...[
      '\n https://p.example/\r\nX: y',
      'ht\ttps://p.example/',
      'https:p.example\\@e.example',
      'https://p/\ud800',
    ].map((response): Case => [
      `the link ${JSON.stringify(response)}`,
      'not-an-answer',
      () => link({ response }),
    ]),
    ['a list', 'not-an-answer', () => [link()]],
    [
      'values for another vendor',
      'other-vendor',
      () => link({ userLevelConfigList: { vendorId: 'second', configs: [{ key: ID, value: 'x' }] } }),
    ],
    ['a broken connection', 'network', () => (response) => response.destroy()],
  ];

  it.each(cases)('%s: the user’s message, nothing saved, an event', async (what, reason, says) => {
    handler.says = says;
    const username = `user of ${what.replace(/\W/g, '-')}`;
    const { status, body } = await launch(username);
    expect([status, body]).toEqual([
      200,
      {
        ...{ responseType: 'LINK_OUT', response: null, success: false, saved: [], refusedNames: [] },
        because: reason,
        endUserErrorMessage: 'Ask your branch.',
      },
    ]);
    expect(await kept(username)).toEqual({});
    expect(await told('sso.launch.failed.v1', username)).toMatchObject([
      { data: { vendor: 'example', reason } },
    ]);
  });

  it('the vendor’s own message wins; one that is too long is no answer', async () => {
    handler.says = () => ({ success: false, endUserErrorMessage: 'You are not a customer yet.' });
    expect((await launch('nobody')).body.endUserErrorMessage).toBe('You are not a customer yet.');
    handler.says = () => ({ success: false, endUserErrorMessage: 'No\u0000t \u202eyet\ud800.' });
    expect((await launch('nobody')).body.endUserErrorMessage).toBe('Not yet.');
    handler.says = () => ({ success: false, endUserErrorMessage: 'x'.repeat(1001) });
    expect((await launch('nobody')).body).toMatchObject({
      because: 'not-an-answer',
      endUserErrorMessage: 'Ask your branch.',
    });
  });

  it('a handler that is down, or slow (10 s), is given up in time', async () => {
    const gone = await new VendorHandler().open();
    await vendor('down', { handlerUrl: gone.url });
    await gone.close();
    expect((await launch('nobody', 'down')).body).toMatchObject({ because: 'network', success: false });
    const timers: NodeJS.Timeout[] = [];
    handler.says = () => (response) => void timers.push(setTimeout(() => response.end('{}'), 10_000));
    expect((await launch('nobody')).body).toMatchObject({ because: 'timeout', success: false });
    for (const timer of timers) clearTimeout(timer);
  }, 15_000);

  it('a handler whose name leads to this machine is not called, unless it may be', async () => {
    const before = handler.asked.length;
    await sso.service.database.query(
      `UPDATE vendors SET handler_url = 'https://10.1.2.3/sso' WHERE app_id = 'demo' AND vendor = 'second'`,
    );
    expect((await launch('nobody', 'second')).body).toMatchObject({ because: 'address' });
    await vendor('second');
    expect(handler.asked).toHaveLength(before);
  });

  it('answers twice with other values: what was kept first is shown, and replaced only on purpose', async () => {
    let n = 0;
    handler.says = ({ body }) => (body.vendor_configs[ID] ? link() : link(configs([ID, `other-${++n}`])));
    await launch('fickle');
    await launch('fickle');
    expect(await kept('fickle')).toEqual({ [ID]: 'other-1' });
  });
});

describe('what goes away while a handler is asked', () => {
  it('an element: its name is refused, as one that never was, and the rest is kept', async () => {
    await define('Session.Going');
    handler.says = async () => {
      await sso.service.database.query(
        `DELETE FROM third_party_data_elements WHERE app_id = 'demo' AND name = 'Session.Going'`,
      );
      return link(configs(['Session.Going', 'x'], [ID, 'kept']));
    };
    const { status, body } = await launch('goer');
    expect([status, body.saved, body.refusedNames]).toEqual([200, [ID], ['Session.Going']]);
    expect(handler.asked).toHaveLength(2);
  });

  it('the vendor’s address: what the old one answers is not kept; the new one is asked', async () => {
    const other = await new VendorHandler().open();
    await vendor('moving');
    handler.says = async () => {
      await vendor('moving', { handlerUrl: other.url });
      return link({
        userLevelConfigList: { vendorId: 'moving', configs: [{ key: ID, value: 'of the old' }] },
      });
    };
    expect((await launch('mover', 'moving')).body.success).toBe(true);
    expect(other.asked.map(({ body }) => body.vendor_configs)).toEqual([{}]);
    expect((await kept('mover', 'moving'))[ID]).toMatch(/^minted-/);
    await other.close();
  });

  it('a value that is deleted and set again is another one: the handler is shown it first', async () => {
    await launch('aba');
    const before = (await kept('aba'))[ID]!;
    const path = `/v1/third-party-data/aba/example/${ID}`;
    handler.says = async ({ body }) => {
      if (handler.asked.length === 1) {
        await sso.request('DELETE', path, key);
        await sso.request('PUT', path, key, { value: 'set again' });
      }
      return link(configs([ID, `made of ${body.vendor_configs[ID]}`]));
    };
    handler.asked.length = 0;
    await launch('aba');
    expect(handler.asked.map(({ body }) => body.vendor_configs[ID])).toEqual([before, 'set again']);
    expect(await kept('aba')).toEqual({ [ID]: 'made of set again' });
  });

  it('the vendor: 404, and nothing is kept', async () => {
    await vendor('going');
    handler.says = async () => {
      await sso.request('DELETE', '/v1/vendors/going', key);
      return link({ userLevelConfigList: { vendorId: 'going', configs: [{ key: ID, value: 'x' }] } });
    };
    expect((await launch('goer', 'going')).status).toBe(404);
  });

  it('API-09: a user has at most 1000 values: the launch leads nowhere, and nothing of it is kept', async () => {
    await launch('hoarder');
    const userId = sso.neighbours.userId('demo', 'hoarder');
    await sso.service.database.query(
      `WITH vendors AS (INSERT INTO vendors (app_id, vendor, name, handler_url)
         SELECT 'demo', 'many-' || n, 'x', 'https://x.example' FROM generate_series(1, 1000) n RETURNING vendor)
       SELECT count(*) FROM vendors`,
    );
    await sso.service.database.query(
      `INSERT INTO third_party_data (app_id, user_id, vendor, element, sealed_value)
       SELECT 'demo', $1, 'many-' || n, $2, 'v1.x' FROM generate_series(1, 999) n`,
      [userId, ID],
    );
    handler.says = () => link(configs([ID, 'changed'], ['Session.Tier', 'one too many']));
    expect((await launch('hoarder')).body).toMatchObject({ success: false, because: 'too-many-values' });
    handler.says = () => link(configs([ID, 'changed']));
    expect((await launch('hoarder')).body.saved).toEqual([ID]);
    await sso.service.database.query(
      `UPDATE third_party_data SET sealed_value = repeat('x', 512 * 1024) WHERE user_id = $1 AND vendor = 'many-1'`,
      [userId],
    );
    handler.says = () => link(configs([ID, 'changed again']));
    expect((await launch('hoarder')).body).toMatchObject({ success: false, because: 'too-many-values' });
  });
});

describe('for whom', () => {
  it('a name that changed hands: the new user is shown nothing of the old one', async () => {
    await launch('heir');
    const { [ID]: old } = await kept('heir');
    sso.neighbours.forget('demo', 'heir');
    await launch('heir');
    expect(shown()).toEqual({});
    expect((await kept('heir'))[ID]).not.toBe(old);
  });

  it('ST-17: a user deleted while the handler is asked: nothing is kept, and nobody of that name is made', async () => {
    const userId = sso.neighbours.userId('demo', 'racer');
    handler.says = async (asked) => {
      sso.neighbours.forget('demo', 'racer');
      const done = await sso.inbox('done');
      await sso.userDeleted('demo', userId);
      while ((await sso.inbox('done')) === done) await new Promise(setImmediate);
      return mintOnce(asked);
    };
    expect(await launch('racer')).toMatchObject({ status: 409, body: { code: 'sso/launch-contended' } });
    expect([handler.asked.length, sso.neighbours.resolved.filter((name) => name === 'racer')]).toEqual([
      1,
      ['racer'],
    ]);
    const rows = await sso.service.database.query('SELECT 1 FROM third_party_data WHERE user_id = $1', [
      userId,
    ]);
    expect(rows).toEqual([]);
  });

  it('API-01: another application’s vendor is not there', async () => {
    expect(await launch('dana', 'example', otherKey)).toMatchObject({
      status: 404,
      body: { code: 'sso/vendor-not-found' },
    });
    expect((await sso.request('POST', '/apps/demo/v1/sso/example/launch', otherKey, {})).status).toBe(404);
    expect(handler.asked).toEqual([]);
  });

  it('EXT-06: 401 without a key, 403 without the scope, 400 for what is no launch', async () => {
    const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
    expect((await sso.request('POST', '/v1/sso/example/launch', undefined, {})).status).toBe(401);
    expect((await launch('dana', 'example', reader)).status).toBe(403);
    for (const body of [{}, { username: '' }, { username: 7 }, { username: 'x', vendorId: 'y' }])
      expect((await sso.request('POST', '/v1/sso/example/launch', key, body)).status).toBe(400);
    expect((await launch('dana', 'No Vendor')).status).toBe(400);
    expect((await launch('dana', 'unknown')).status).toBe(404);
    expect(handler.asked).toEqual([]);
  });

  it('an Idempotency-Key is good for one launch: its link is not kept', async () => {
    const send = (body: object) =>
      fetch(`${sso.service.url}/v1/sso/example/launch`, {
        method: 'POST',
        headers: { authorization: key, 'content-type': 'application/json', 'idempotency-key': 'once' },
        body: JSON.stringify(body),
      });
    expect((await send({ username: 'once' })).status).toBe(200);
    expect((await send({ username: 'once' })).status).toBe(409);
    expect((await send({ username: 'other' })).status).toBe(422);
    expect(handler.asked).toHaveLength(1);
  });

  it('an Idempotency-Key of a launch that led nowhere may be used again', async () => {
    const send = async () =>
      (
        await fetch(`${sso.service.url}/v1/sso/example/launch`, {
          method: 'POST',
          headers: { authorization: key, 'content-type': 'application/json', 'idempotency-key': 'nowhere' },
          body: JSON.stringify({ username: 'retrier' }),
        })
      ).json();
    handler.says = () => ({ success: false });
    expect(await send()).toMatchObject({ success: false });
    handler.says = mintOnce;
    expect(await send()).toMatchObject({ success: true });
    expect(await send()).toMatchObject({ code: 'idempotency/already-done' });
  });
});
