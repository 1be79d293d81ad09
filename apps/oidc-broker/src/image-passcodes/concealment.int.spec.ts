import { PasswordHasher } from '@countersign/security';
import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn, PasscodeUser } from '../../test/passcode-user.ts';
import { ImagePasscodes } from './image-passcodes.ts';
import { PasscodeEnrolment } from './passcode-enrolment.service.ts';
import { POOL } from './pool.ts';

jest.setTimeout(60_000);
const broker = new OidcBroker();
let key: string;
let users = 0;
beforeAll(async () => {
  await broker.open();
  key = `Bearer ${broker.neighbours.key('demo', 'user:read', 'user:write', 'oidc:read', 'oidc:write')}`;
});
afterAll(() => broker.close());

const ask = (method: string, path: string, body?: unknown) => broker.request(method, path, key, body);
const newUser = async (username = `user-${++users}`): Promise<PasscodeUser> => {
  const { body } = await ask('POST', '/v1/directory/users', { username });
  return new PasscodeUser(broker, username, body.userId);
};
const stranger = () => new PasscodeUser(broker, `nobody-${++users}`);
const SETTINGS = '/v1/image-passcode-settings';
/** The page without what is the name's own: its images and the name. */
const bare = (page: string, { username }: PasscodeUser) =>
  page
    .replaceAll(username, 'NAME')
    .replaceAll(/(value|src|alt)="[^"]*"/g, '$1=""')
    .replaceAll(/\s+/g, ' ');

describe('known and unknown', () => {
  it('pages of a user, of one without a passcode and of nobody are the same but for images and name', async () => {
    const [has, hasNone, none] = [await newUser(), await newUser(), stranger()];
    await has.enrol();
    const pages = await Promise.all([has, hasNone, none].map(async (one) => bare(await one.page(), one)));
    expect(new Set(pages).size).toBe(1);
    for (const one of [has, hasNone, none]) {
      const grids = await one.images();
      expect(grids.map((grid) => grid.length)).toEqual([16, 16, 16, 16, 16]);
      expect(new Set(grids.flat()).size).toBe(80);
      // stable over logins, in another order each time
      expect(await one.images()).toEqual(grids);
      expect(gridsIn(await one.page())).not.toEqual(gridsIn(await one.page()));
      // and the same when the page of one login is shown again
      const login = one.login();
      expect(gridsIn(await one.page(login))).toEqual(gridsIn(await one.page(login)));
    }
  });

  it('nothing is to be seen of a first passcode, of its removal, or of a user who is disabled', async () => {
    const user = stranger();
    const before = await user.images();
    const known = await newUser(user.username);
    expect(await known.images()).toEqual(before);
    await known.enrol();
    expect(await known.images()).toEqual(before);
    expect(await user.images()).toEqual(before);
    expect(await new PasscodeUser(broker, ` ${user.username.toUpperCase()} `).images()).toEqual(before);
    await broker.service.app.get(ImagePasscodes).remove('demo', known.userId!);
    expect(await known.images()).toEqual(before);
    await ask('DELETE', `/v1/directory/users/${user.username}`);
    expect(await user.images()).toEqual(before);
  });

  it('SES-07: answers are the same, and every one costs one run of argon2id and the same statements', async () => {
    const [has, hasNone, none, locked] = [await newUser(), await newUser(), stranger(), await newUser()];
    await has.enrol();
    await locked.enrol();
    const run = jest.spyOn(
      broker.service.app.get(PasswordHasher) as unknown as { run: () => Promise<Buffer> },
      'run',
    );
    const wrong = async (one: PasscodeUser) => (await one.images()).map((grid) => grid[0]!);
    for (let i = 0; i < 10; i++) await locked.answer(await wrong(locked));
    const seen = [];
    for (const one of [has, hasNone, none, locked]) {
      const login = one.login();
      const picks = await wrong(one);
      const outcomes = [];
      run.mockClear();
      const query = jest.spyOn(broker.service.database, 'query');
      for (let i = 0; i < 5; i++) outcomes.push(await one.answer(picks, login));
      // of a locked one what the other limit counted is taken back besides: beside the hash, where it takes no time
      const own = query.mock.calls.filter(([sql]) => /image_passcode|INTO attempts|directory_/.test(sql));
      const statements = own.length;
      query.mockRestore();
      seen.push({ outcomes, runs: run.mock.calls.length, statements: one === locked ? 'more' : statements });
    }
    run.mockRestore();
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[3]).toEqual({ ...seen[0], statements: 'more' });
    expect(seen[0]!.runs).toBe(5);
  });

  it('names that nobody has are locked as users are', async () => {
    const user = stranger();
    const before = await broker.service.database.query<{ key: string }>('SELECT key FROM attempts');
    const picks = (await user.images()).map((grid) => grid[0]!);
    for (let i = 0; i < 12; i++) await user.answer(picks);
    const rows = await broker.service.database.query<{ count: number; refused: number }>(
      `SELECT count, refused FROM attempts WHERE scope = 'image-passcode:hour' AND NOT key = ANY ($1)`,
      [before.map((row) => row.key)],
    );
    expect(rows).toEqual([{ count: 10, refused: 2 }]);
    // by a digest: what is typed into the field of names may be a password
    const keys = JSON.stringify(await broker.service.database.query('SELECT key FROM attempts'));
    expect(keys).not.toContain(user.username);
  });
});

describe('a new passcode', () => {
  it('replaces the former one where the user asks for it, ends what was locked, and adds to the turnover once a month', async () => {
    const user = await newUser();
    const former = await user.enrol();
    for (let i = 0; i < 10; i++) await user.answer((await user.images()).map((grid) => grid[1]!));
    const turnover = async () => {
      const [row] = await broker.service.database.query<{ turnover: number }>(
        `SELECT turnover FROM image_passcode_apps WHERE app_id = 'demo'`,
      );
      return row!.turnover;
    };
    const replace = async () => {
      const enrolment = broker.service.app.get(PasscodeEnrolment);
      const { username, userId } = user;
      const subject = { appId: 'demo', username, userId, seed: 'session', replaces: true };
      const picks = gridsIn(await enrolment.page(subject, user.context, {})).map((grid) => grid[2]!);
      const request = { form: formOf(picks), clientAddress: '198.18.0.1' };
      const first = await enrolment.submit(subject, request, {});
      const state = first.kind === 'again' ? first.state : undefined;
      expect(await enrolment.submit(subject, request, state)).toMatchObject({ kind: 'made', userId });
      return picks;
    };
    const before = await turnover();
    const picks = await replace();
    const once = await turnover();
    expect(once).toBeGreaterThan(before);
    expect(await user.answer(former)).toMatchObject({ kind: 'again' });
    expect(await user.answer(picks)).toMatchObject({ kind: 'proved' });
    await replace();
    expect(await turnover()).toBe(once);
    // removed, it leaves its grids: a change would be seen
    const images = await user.images();
    await broker.service.app.get(ImagePasscodes).remove('demo', user.userId!);
    expect(await user.images()).toEqual(images);
  });

  it('is of another deal, in which former images are as likely as any', async () => {
    const user = await newUser();
    const former = await user.enrol();
    const before = await user.images();
    await broker.service.app.get(ImagePasscodes).remove('demo', user.userId!);
    await user.enrol(3);
    const after = await user.images();
    expect(after).not.toEqual(before);
    expect(await user.answer(former)).toMatchObject({ kind: 'again' });
  });
});

describe('settings', () => {
  const app = 'settings-app';
  const other = () => broker.neighbours.key(app, 'oidc:read', 'oidc:write', 'user:write');
  const request = (method: string, path: string, body?: unknown) =>
    broker.request(method, path, `Bearer ${other()}`, body);

  it('say their entropy; less than 16 bits, other grids and fewer or more rounds are refused', async () => {
    expect((await request('GET', SETTINGS)).body).toEqual({ rounds: 5, gridSize: 16, bits: 20 });
    for (const body of [
      ...[
        { rounds: 5, gridSize: 9 },
        { rounds: 3, gridSize: 25 },
        { rounds: 9, gridSize: 9 },
      ],
      ...[{ rounds: 5, gridSize: 12 }, { rounds: 4.5, gridSize: 16 }, { rounds: 5 }, {}],
    ])
      expect((await request('PUT', SETTINGS, body)).status).toBe(400);
    expect((await request('PUT', SETTINGS, { rounds: 6, gridSize: 9 })).body).toMatchObject({ bits: 19.02 });
    expect((await broker.request('GET', SETTINGS)).status).toBe(401);
    const weak = `Bearer ${broker.neighbours.key(app, 'oidc:read')}`;
    expect((await broker.request('PUT', SETTINGS, weak, { rounds: 5, gridSize: 16 })).status).toBe(403);
  });

  it('hold for new passcodes: users keep theirs, and a change of them shows on nobody’s page', async () => {
    // so many that it is beyond chance, whatever the keys, that all of them or none change below
    const names = Array.from(
      { length: 60 },
      (_, at) => new PasscodeUser(broker, `name-${at}`, undefined, app),
    );
    const user = async (username: string) => {
      const { body } = await request('POST', '/v1/directory/users', { username });
      return new PasscodeUser(broker, username, body.userId, app);
    };
    const early = await user('early');
    const picks = await early.enrol();
    const before = await Promise.all([early, ...names].map((one) => one.images()));
    await request('PUT', SETTINGS, { rounds: 4, gridSize: 25 });
    expect(await Promise.all([early, ...names].map((one) => one.images()))).toEqual(before);
    expect(await early.answer(picks)).toMatchObject({ kind: 'proved' });
    const late = await user('late');
    const made = await late.enrol();
    expect((await late.images()).map((grid) => grid.length)).toEqual([25, 25, 25, 25]);
    expect(await late.answer(made)).toMatchObject({ kind: 'proved' });
    // of the names without a passcode some have changed with it: a page of the new kind is no sign of a user
    const sizes = await Promise.all(names.map(async (one) => (await one.images())[0]!.length));
    expect(new Set(sizes)).toEqual(new Set([9, 25]));
    expect(await early.images()).toEqual(before[0]);
  });
});

describe('doors', () => {
  it('images are drawings for everybody, which run nothing; what is not in the pool is not there', async () => {
    const response = await fetch(`${broker.service.url}/oidc/demo/assets/passcode/${POOL[0]}.svg`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/svg+xml');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'; sandbox",
    );
    expect(response.headers.get('cache-control')).toBe('public, max-age=86400');
    expect(await response.text()).toMatch(/^<svg /);
    const css = await fetch(`${broker.service.url}/oidc/demo/assets/passcode/passcode.css`);
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8');
    for (const file of ['boy.svg', 'ant', 'ant.png', '..%2fant.svg', 'ANT.svg', '__proto__.svg'])
      expect((await fetch(`${broker.service.url}/oidc/demo/assets/passcode/${file}`)).status).toBe(404);
  });

  it('management sees that there is one, takes it away and says so; never which images', async () => {
    const user = await newUser();
    const path = `/v1/directory/users/${user.username}/image-passcode`;
    expect((await ask('GET', path)).body.code).toBe('directory/passcode-not-found');
    expect((await ask('DELETE', path)).body.code).toBe('directory/passcode-not-found');
    const picks = await user.enrol();
    const { body } = await ask('GET', path);
    expect(body).toEqual({ rounds: 5, gridSize: 16, bits: 20, enrolledAt: expect.any(String) });
    await user.answer(picks);
    expect((await ask('GET', path)).body.usedAt).toEqual(expect.any(String));
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
    for (const [method, more] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/unlock'],
    ] as const) {
      expect((await ask(method, `/v1/directory/users/nobody/image-passcode${more}`)).body.code).toBe(
        'directory/user-not-found',
      );
      expect((await broker.request(method, path + more)).status).toBe(401);
      const foreign = `Bearer ${broker.neighbours.key('other', 'user:read', 'user:write')}`;
      expect((await broker.request(method, path + more, foreign)).status).toBe(404);
      const lacking = `Bearer ${broker.neighbours.key('demo', 'oidc:write')}`;
      expect((await broker.request(method, path + more, lacking)).status).toBe(403);
    }
  });

  it('a user who is gone leaves nothing', async () => {
    const user = await newUser();
    await user.enrol();
    await broker.service.database.transaction((tx) =>
      broker.service.app.get(ImagePasscodes).forgetUser(tx, 'demo', user.userId!),
    );
    const [left] = await broker.service.database.query<{ n: number; known: number }>(
      `SELECT (SELECT count(*)::int FROM image_passcodes WHERE user_id = $1) AS n,
         (SELECT known - (SELECT count(*)::int FROM image_passcodes WHERE app_id = 'demo')
          FROM image_passcode_apps WHERE app_id = 'demo') AS known`,
      [user.userId],
    );
    expect(left).toEqual({ n: 0, known: 0 });
  });
});
