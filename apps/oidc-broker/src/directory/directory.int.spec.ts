import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { LinkedUsers } from '../image-passcodes/linked-users.ts';

// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
let key: string;
const USERS = '/v1/directory/users';
const path = (username: string, more = '') => `${USERS}/${encodeURIComponent(username)}${more}`;
const PASSWORD = 'orange boat sails north';
const create = (username: string, more: object = {}, authorization = key) =>
  broker.request('POST', USERS, authorization, { username, password: PASSWORD, ...more });
const query = <Row>(sql: string, params: unknown[] = []) => broker.service.database.query<Row>(sql, params);
/** What was said of that user, in order. */
const said = async (userId: string) =>
  (
    await query<{ event: { type: string; data: unknown } }>(
      `SELECT convert_from(body, 'UTF8')::jsonb AS event FROM outbox
       WHERE convert_from(body, 'UTF8')::jsonb ->> 'subject' = $1 ORDER BY created_at`,
      [userId],
    )
  ).map(({ event: { type, data } }) => ({ type, data }));

beforeAll(async () => {
  await broker.open();
  key = `Bearer ${broker.neighbours.key('demo', 'user:read', 'user:write')}`;
});
afterAll(() => broker.close());

describe('/v1/directory/users', () => {
  it('issue 6.4: POST takes a user in under the orchestrator’s id, GET shows them, DELETE takes them out', async () => {
    const created = await create('Dana', { name: 'Dana Scully' });
    const userId = broker.neighbours.userId('demo', 'dana');
    const view = { userId, username: 'Dana', name: 'Dana Scully', enabled: true, hasPassword: true };
    expect(created).toMatchObject({ status: 201, body: view });
    expect(await broker.request('GET', path('dana'), key)).toMatchObject({ status: 200, body: view });
    expect((await broker.request('DELETE', path('DANA'), key)).status).toBe(204);
    expect(await broker.request('GET', path('dana'), key)).toMatchObject({
      status: 404,
      body: { code: 'directory/user-not-found' },
    });
    expect((await broker.request('DELETE', path('dana'), key)).status).toBe(404);
    // the orchestrator still has the user: they may come back
    expect((await create('dana')).body.userId).toBe(userId);
    const data = { userId };
    expect(await said(userId)).toEqual([
      { type: 'directory.user.created.v1', data },
      { type: 'directory.user.deleted.v1', data },
      { type: 'directory.user.created.v1', data },
    ]);
  });

  it('no answer, no event and no column holds a password', async () => {
    const created = await create('secretive');
    const rows = await query('SELECT * FROM directory_users');
    const events = await query(`SELECT convert_from(body, 'UTF8') AS body FROM outbox`);
    const shown = JSON.stringify([
      created.body,
      rows,
      events,
      (await broker.request('GET', USERS, key)).body,
    ]);
    expect(shown).not.toContain(PASSWORD);
    expect(JSON.stringify(created.body)).not.toContain('argon2');
    expect(JSON.stringify(events)).not.toContain('secretive');
    expect(JSON.stringify(rows)).toContain('$argon2id$v=19$m=47104,t=1,p=1$');
  });

  it('a name is one user, trimmed, NFC and without case; a look-alike is another', async () => {
    expect((await create('J\u00fcrgen')).status).toBe(201);
    expect(await create(' ju\u0308rgen ')).toMatchObject({
      status: 409,
      body: { code: 'directory/user-exists', field: 'username' },
    });
    // Cyrillic е
    expect((await create('j\u00fcrg\u0435n')).status).toBe(201);
    const ids = await query('SELECT DISTINCT user_id FROM directory_users WHERE username_key LIKE $1', [
      'j%n',
    ]);
    expect(ids).toHaveLength(2);
  });

  it('of ten at once for one name, one is taken in', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create('crowd', { password: undefined })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  it('Idempotency-Key: a repeat gets the first answer', async () => {
    const send = () =>
      fetch(broker.service.url + USERS, {
        method: 'POST',
        headers: { authorization: key, 'content-type': 'application/json', 'idempotency-key': 'one' },
        body: JSON.stringify({ username: 'repeat' }),
      });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.json()).toEqual(await first.json());
  });

  it('PATCH changes name and enabled, and says what', async () => {
    const { userId } = (await create('patched', { name: 'Before' })).body;
    const patch = (body: object) => broker.request('PATCH', path('patched'), key, body);
    expect((await patch({ name: 'After', enabled: true })).body).toMatchObject({
      name: 'After',
      enabled: true,
    });
    expect((await patch({ name: null, enabled: false })).body).not.toHaveProperty('name');
    expect((await patch({ enabled: false })).body.enabled).toBe(false);
    expect((await said(userId)).slice(1)).toEqual(
      [['name'], ['name', 'enabled']].map((members) => ({
        type: 'directory.user.changed.v1',
        data: { userId, members },
      })),
    );
    expect((await broker.request('PATCH', path('nobody'), key, { enabled: false })).status).toBe(404);
  });

  it('GET lists by name, in pages, also by prefix', async () => {
    const other = `Bearer ${broker.neighbours.key('pages', 'user:read', 'user:write')}`;
    for (const name of ['b-2', 'A-1', 'b-1', 'B-3', '%', 'b_1'])
      await create(name, { password: undefined }, other);
    const names = (body: { items: { username: string }[] }) => body.items.map(({ username }) => username);
    const first = (await broker.request('GET', `${USERS}?limit=4`, other)).body;
    expect(names(first)).toEqual(['%', 'A-1', 'b-1', 'b-2']);
    const rest = await broker.request('GET', `${USERS}?limit=4&cursor=${first.next}`, other);
    expect([names(rest.body), rest.body.next]).toEqual([['B-3', 'b_1'], undefined]);
    expect(names((await broker.request('GET', `${USERS}?prefix=B-`, other)).body)).toEqual([
      'b-1',
      'b-2',
      'B-3',
    ]);
    // API-04: no wildcards, no foreign cursors
    expect(names((await broker.request('GET', `${USERS}?prefix=%25`, other)).body)).toEqual(['%']);
    expect(names((await broker.request('GET', `${USERS}?prefix=_`, other)).body)).toEqual([]);
    expect(await broker.request('GET', `${USERS}?cursor=${first.next}`, key)).toMatchObject({
      status: 400,
      body: { code: 'request/cursor-invalid' },
    });
  });

  it.each([
    ['too short', 'short'],
    ['a common one', 'passwordpassword'],
    ['the username in it', 'i am refused-user ok'],
    ['the application in it', 'the demo is so nice'],
    ['NUL in it', 'orange boat\0 sails'],
    ['too many bytes', `${'語'.repeat(341)}abc`],
  ])('security 12: a password is refused with the field: %s', async (_case, password) => {
    expect(await create('refused-user', { password })).toMatchObject({
      status: 400,
      body: { code: 'directory/password-refused', field: 'password', detail: expect.any(String) },
    });
    expect((await broker.request('GET', path('refused-user'), key)).status).toBe(404);
  });

  it.each([
    ['an unknown member (ST-04)', { username: 'x', userId: 'chosen' }],
    ['a control character', { username: 'a\u0007b' }],
    ['a dot segment: no client’s path would reach it', { username: '..' }],
    ['an unseen character: it looks like another’s name', { username: 'ad\u200bmin' }],
    ['an object (OTP-21)', { username: 'x', password: { $ne: 1 } }],
    ['no text', { username: 'x', password: 123456789012345 }],
  ])('400 with the field for %s', async (_case, body) => {
    expect(await broker.request('POST', USERS, key, body)).toMatchObject({
      status: 400,
      body: { code: 'request/invalid' },
    });
  });

  it.each(['ad\u200bmin', '..'])(
    '%j, given to somebody earlier, is still found and deleted',
    async (name) => {
      await create('given-earlier', { password: undefined });
      await query(
        `UPDATE directory_users SET username = $1, username_key = $1 WHERE username = 'given-earlier'`,
        [name],
      );
      // a space is trimmed by us and by no client
      const at = path(` ${name}`);
      expect((await broker.request('GET', at, key)).body).toMatchObject({ username: name });
      expect((await broker.request('DELETE', at, key)).status).toBe(204);
    },
  );

  it('V11: a link takes nobody in under a name that POST refuses', async () => {
    const linked = broker.service.app.get(LinkedUsers);
    for (const name of ['..', 'lin\u200bked']) expect(await linked.userId('demo', name)).toBeUndefined();
    expect(await linked.userId('demo', 'linked')).toBe(broker.neighbours.userId('demo', 'linked'));
  });

  it('EXT-06, API-01: no credential 401, a key without the scope 403, another application’s user 404', async () => {
    const reader = `Bearer ${broker.neighbours.key('demo', 'user:read', 'oidc:write')}`;
    const other = `Bearer ${broker.neighbours.key('other', 'user:read', 'user:write')}`;
    await create('guarded', { password: undefined });
    const calls = [
      ['POST', USERS, { username: 'x' }],
      ['PATCH', path('guarded'), { enabled: false }],
      ['PUT', path('guarded', '/password'), { password: PASSWORD }],
      ['POST', path('guarded', '/unlock'), undefined],
      ['DELETE', path('guarded'), undefined],
    ] as const;
    for (const [method, at, body] of calls) {
      expect((await broker.request(method, at, undefined, body)).status).toBe(401);
      expect((await broker.request(method, at, reader, body)).status).toBe(403);
      if (at !== USERS) expect((await broker.request(method, at, other, body)).status).toBe(404);
    }
    expect((await broker.request('GET', path('guarded'), other)).status).toBe(404);
    expect((await broker.request('GET', path('guarded'), key)).body.enabled).toBe(true);
  });

  it('design: mfa-orchestrator away means 503 with Retry-After, never a guess', async () => {
    broker.neighbours.away.add('mfa-orchestrator');
    const answer = await create('unresolved');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    broker.neighbours.away.clear();
    expect((await broker.request('GET', path('unresolved'), key)).status).toBe(404);
  });
});
