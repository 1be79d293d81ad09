import { PasswordHasher } from '@countersign/security';
import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn, PasscodeUser } from '../../test/passcode-user.ts';
import { ImagePasscodes } from './image-passcodes.ts';
import { CHANGED, MISMATCH } from './passcode-enrolment.service.ts';
import { INCOMPLETE, LIMITED, REFUSED } from './passcode-texts.ts';

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
const query = (sql: string, params: unknown[] = []) => broker.service.database.query(sql, params);
const passcodePath = ({ username }: PasscodeUser, more = '') =>
  `/v1/directory/users/${encodeURIComponent(username)}/image-passcode${more}`;
const hourEnds = () =>
  query(`UPDATE attempts SET expires_at = clock_timestamp() WHERE scope = 'image-passcode:hour'`);
/** A user of the directory. */
const newUser = async (): Promise<PasscodeUser> => {
  const username = `user-${++users}`;
  const { body } = await ask('POST', '/v1/directory/users', { username });
  return new PasscodeUser(broker, username, body.userId);
};
/** A name that nobody has. */
const stranger = () => new PasscodeUser(broker, `nobody-${++users}`);
/** What is kept, word by word: an image called "key" is not in "partitionkey", and "sun" not in a digest. */
const wordsIn = (kept: unknown): string[] => JSON.stringify(kept).split(/[^\w-]+/);
/** Another sequence of the same grids. */
const wrong = async (user: PasscodeUser, right: readonly string[]): Promise<string[]> =>
  (await user.images()).map((grid, at) => grid.find((ref) => ref !== right[at])!);

describe('making and showing a passcode', () => {
  it('V11, V1: who repeats the chosen images has one, and is let in by it: knowledge, nothing more', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const outcome = await user.answer(picks);
    expect(outcome).toMatchObject({
      kind: 'proved',
      ...{ userId: user.userId, username: user.username },
      proof: { factor: 'image-passcode', amr: ['kba'], acr: 'aal1' },
    });
    expect(await broker.service.app.get(ImagePasscodes).isEnrolled('demo', user.userId!)).toBe(true);
    const [event] = (await broker.events('directory.user.changed.v1')).filter(
      ({ subject }) => subject === user.userId,
    );
    expect(event.data).toEqual({ userId: user.userId, members: ['image-passcode'] });
    for (const ref of picks) expect(wordsIn(event)).not.toContain(ref);
  });

  it('V11: whom a client links and nobody knows yet is taken into the directory with the passcode, not before', async () => {
    const user = stranger();
    const login = user.login();
    const picks = gridsIn(await user.enrolPage(login)).map((grid) => grid[1]!);
    await user.enrolStep(login, formOf(picks));
    expect((await ask('GET', `/v1/directory/users/${user.username}`)).status).toBe(404);
    const made = await user.enrolStep(login, formOf(picks));
    expect(made).toMatchObject({ kind: 'proved', username: user.username });
    const { body } = await ask('GET', `/v1/directory/users/${user.username}`);
    expect(made).toMatchObject({ userId: body.userId });
    expect(await new PasscodeUser(broker, user.username, body.userId).answer(picks)).toMatchObject({
      kind: 'proved',
    });
  });

  it('the second page must be the same sequence, and only a fingerprint of it is kept between them', async () => {
    const user = await newUser();
    const login = user.login();
    const picks = gridsIn(await user.enrolPage(login)).map((grid) => grid[2]!);
    expect(await user.enrolStep(login, formOf(picks))).toMatchObject({ kind: 'again' });
    const kept = wordsIn(login.data);
    for (const ref of picks) expect(kept).not.toContain(ref);
    expect(await user.enrolPage(login)).toContain('Repeat your images');
    expect(await user.enrolStep(login, formOf(await wrong(user, picks)))).toMatchObject({ error: MISMATCH });
    await user.enrolStep(login, { action: 'restart' });
    expect(await user.enrolPage(login)).toContain('Choose your secret images');
    // a fingerprint of another login's pages is none of this one's
    const [a, b] = [user.login(), user.login()];
    await user.enrolStep(a, formOf(picks));
    b.data = a.data;
    expect(await user.enrolStep(b, formOf(picks))).toMatchObject({ error: MISMATCH });
  });

  it('chance picks on demand, another sequence each time, and the page shows it chosen', async () => {
    const user = await newUser();
    const login = user.login();
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      await user.enrolStep(login, { action: 'suggest' });
      const checked = [...(await user.enrolPage(login)).matchAll(/value="([a-z0-9-]+)"\s+required checked/g)];
      expect(checked).toHaveLength(5);
      seen.add(checked.map(([, ref]) => ref).join());
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('V11: who has one keeps it: a link never replaces it, not even by a page that was open before', async () => {
    const user = await newUser();
    const early = user.login();
    const other = gridsIn(await user.enrolPage(early)).map((grid) => grid[5]!);
    await user.enrolStep(early, formOf(other));
    const picks = await user.enrol();
    const late = await user.enrolStep(early, formOf(other));
    expect(late).toMatchObject({ kind: 'again', error: CHANGED });
    const login = user.login();
    const next = gridsIn(await user.enrolPage(login)).map((grid) => grid[0]!);
    await user.enrolStep(login, formOf(next));
    expect(await user.enrolStep(login, formOf(next))).toMatchObject({ kind: 'again', error: /already/ });
    expect(await user.answer(picks)).toMatchObject({ kind: 'proved' });
  });

  it('of two who make one at once one has made it', async () => {
    const user = await newUser();
    const logins = [user.login(), user.login(), user.login()];
    const picks = gridsIn(await user.enrolPage(logins[0]!)).map((grid) => grid[0]!);
    for (const login of logins) await user.enrolStep(login, formOf(picks));
    const outcomes = await Promise.all(logins.map((login) => user.enrolStep(login, formOf(picks))));
    expect(outcomes.filter(({ kind }) => kind === 'proved')).toHaveLength(1);
  });

  it('ST-17: disabled, deleted or removed while the page was open: refused as a wrong one is', async () => {
    for (const end of [
      (user: PasscodeUser) => ask('PATCH', `/v1/directory/users/${user.username}`, { enabled: false }),
      (user: PasscodeUser) => ask('DELETE', passcodePath(user)),
    ]) {
      const user = await newUser();
      const picks = await user.enrol();
      const login = user.login();
      await user.page(login);
      expect((await end(user)).status).toBeLessThan(300);
      expect(await user.answer(picks, login)).toEqual({ kind: 'again', error: REFUSED });
    }
  });
});

describe('whom it is for', () => {
  it('ST-17: removed or disabled while it is being compared, it is refused', async () => {
    for (const end of [
      (user: PasscodeUser) => ask('PATCH', `/v1/directory/users/${user.username}`, { enabled: false }),
      (user: PasscodeUser) => ask('DELETE', passcodePath(user)),
    ]) {
      const user = await newUser();
      const picks = await user.enrol();
      const hasher = broker.service.app.get(PasswordHasher);
      const check = hasher.check.bind(hasher);
      const spy = jest.spyOn(hasher, 'check').mockImplementation(async (...args) => {
        const checked = await check(...args);
        await end(user);
        return checked;
      });
      expect(await user.answer(picks)).toEqual({ kind: 'again', error: REFUSED });
      spy.mockRestore();
    }
  });

  it('V1: another user’s images let nobody in: neither by name nor by a login that is about somebody else', async () => {
    const [dana, eve] = [await newUser(), await newUser()];
    const [ofDana, ofEve] = [await dana.enrol(), await eve.enrol()];
    expect(await dana.answer(ofEve)).toMatchObject({ kind: 'again' });
    const crossed = eve.login({ username: dana.username });
    expect(await eve.answer(ofDana, crossed)).toEqual({ kind: 'again', error: REFUSED });
    expect(await eve.answer(ofDana, dana.login({ userId: undefined } as never))).toEqual({
      kind: 'again',
      error: REFUSED,
    });
  });

  it('a verifier that is copied into another user’s row matches nothing there', async () => {
    const [dana, eve] = [await newUser(), await newUser()];
    const picks = await dana.enrol();
    await eve.enrol();
    // the same grids, too: the row of eve answers for dana's name
    await query(`UPDATE image_passcodes SET username_key = $2 WHERE user_id = $1`, [
      dana.userId,
      'elsewhere',
    ]);
    await query(
      `UPDATE image_passcodes e SET username_key = $3, verifier = d.verifier, generation = d.generation
       FROM image_passcodes d WHERE e.user_id = $1 AND d.user_id = $2`,
      [eve.userId, dana.userId, dana.username],
    );
    expect(await dana.answer(picks, dana.login({ userId: eve.userId! }))).toEqual({
      kind: 'again',
      error: REFUSED,
    });
  });

  it('the database holds neither images nor anything they can be tried against without the keys', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const rows = await query('SELECT * FROM image_passcodes WHERE user_id = $1', [user.userId]);
    expect(JSON.stringify(rows)).toMatch(/\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    for (const ref of picks) expect(wordsIn(rows)).not.toContain(ref);
  });
});

describe('V10: wrong sequences', () => {
  it('five end the login, and a right one as the sixth does not save it', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const login = user.login();
    const other = await wrong(user, picks);
    const outcomes = [];
    for (let i = 0; i < 5; i++) outcomes.push((await user.answer(other, login)).kind);
    expect(outcomes).toEqual(['again', 'again', 'again', 'again', 'ended']);
    expect(await user.answer(picks, login)).toEqual({ kind: 'ended', reason: 'too-many-tries' });
  });

  it('OTP-01: ten an hour, over however many logins at once; a new login resets nothing', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const other = await wrong(user, picks);
    await Promise.all(Array.from({ length: 12 }, () => user.answer(other)));
    expect(await user.answer(picks)).toEqual({ kind: 'again', error: REFUSED });
    expect((await ask('GET', passcodePath(user))).body.lock).toBe('temporary');
    await hourEnds();
    expect(await user.answer(picks)).toMatchObject({ kind: 'proved' });
  });

  it('a hundred lock it until management unlocks, whatever the hour, and a right one in between takes none of them back', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const other = await wrong(user, picks);
    await user.answer(other);
    await query(`UPDATE attempts SET count = 98 WHERE scope = 'image-passcode:ceiling'`);
    await hourEnds();
    expect(await user.answer(picks)).toMatchObject({ kind: 'proved' });
    await user.answer(other);
    await user.answer(other);
    await hourEnds();
    expect(await user.answer(picks)).toEqual({ kind: 'again', error: REFUSED });
    expect((await ask('GET', passcodePath(user))).body.lock).toBe('until-unlocked');
    expect((await ask('POST', passcodePath(user, '/unlock'))).status).toBe(204);
    expect(await user.answer(picks)).toMatchObject({ kind: 'proved' });
    expect((await ask('GET', passcodePath(user))).body.lock).toBeUndefined();
  });

  it('OTP-03: counted before it is looked at, and stays counted when the request fails', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const check = jest
      .spyOn(broker.service.app.get(PasswordHasher), 'check')
      .mockRejectedValue(new Error('out of memory'));
    const login = user.login();
    try {
      for (let i = 0; i < 5; i++) await expect(user.answer(picks, login)).rejects.toThrow('out of memory');
    } finally {
      check.mockRestore();
    }
    expect(await user.answer(picks, login)).toMatchObject({ kind: 'ended' });
  });

  it('OTP-05: one network that tries everybody is refused, without hashing; others are not', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const [guesses, check] = [stranger(), jest.spyOn(broker.service.app.get(PasswordHasher), 'check')];
    const other = (await guesses.images()).map((grid) => grid[0]!);
    const from = (clientAddress: string) => ({ clientAddress });
    await query('DELETE FROM attempts');
    expect(await guesses.answer(other, guesses.login(), from('2001:db8:7:7::1'))).toMatchObject({
      error: REFUSED,
    });
    const counted = `scope = 'image-passcode:network' AND key = 'demo:2001:db8:7:7::/64'`;
    expect(await query(`UPDATE attempts SET count = 99 WHERE ${counted} RETURNING 1`)).not.toEqual([]);
    // what was right takes its own one back, so that the next one is counted as the hundredth again
    expect(await user.answer(picks, user.login(), from('2001:db8:7:7::2'))).toMatchObject({ kind: 'proved' });
    expect(await guesses.answer(other, guesses.login(), from('2001:db8:7:7::3'))).toMatchObject({
      error: REFUSED,
    });
    check.mockClear();
    expect(await user.answer(picks, user.login(), from('2001:db8:7:7:ffff::9'))).toEqual({
      ...{ kind: 'again', error: LIMITED },
      retryAfterSeconds: expect.any(Number),
    });
    expect(check).not.toHaveBeenCalled();
    check.mockRestore();
    expect(await user.answer(picks, user.login(), from('2001:db8:7:8::9'))).toMatchObject({ kind: 'proved' });
    // of other applications it says nothing
    expect(await query(`SELECT key FROM attempts WHERE scope = 'image-passcode:network'`)).toEqual([
      { key: 'demo:2001:db8:7:7::/64' },
    ]);
  });

  it('no oracle by rounds: one right image of five is told from none of five by nothing', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const other = await wrong(user, picks);
    for (const right of [0, 1, 3, 4]) {
      const mixed = other.map((ref, at) => (at < right ? picks[at]! : ref));
      expect(await user.answer(mixed)).toEqual({ kind: 'again', error: REFUSED });
    }
  });

  it('what is no sequence is no guess: it is neither compared nor counted', async () => {
    const user = await newUser();
    const picks = await user.enrol();
    const login = user.login();
    const check = jest.spyOn(broker.service.app.get(PasswordHasher), 'check');
    const again = { kind: 'again', error: INCOMPLETE, comparedNothing: true };
    for (let i = 0; i < 12; i++) expect(await user.answer(picks.slice(1), login)).toEqual(again);
    expect(check).not.toHaveBeenCalled();
    check.mockRestore();
    expect(await user.answer(picks, login)).toMatchObject({ kind: 'proved' });
  });
});
