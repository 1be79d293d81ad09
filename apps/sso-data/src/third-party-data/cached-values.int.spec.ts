import { Database } from '@countersign/persistence';
import type { RunningService } from '@countersign/service-kit';
import { waitFor } from '@countersign/testing';
import { SsoData } from '../../test/sso-data.ts';
import { ThirdPartyData } from '../../test/third-party-data.ts';
import { ThirdPartyDataRepository } from './third-party-data.repository.ts';
import { VALUES_MAX } from './third-party-data.schemas.ts';
import { CachedValues } from './third-party-data.values.ts';

const sso = new SsoData();
let data: ThirdPartyData;
let second: RunningService;
let selects = 0;
let beforeAnswer: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  await sso.open();
  data = await ThirdPartyData.of(sso, 'demo', ['acme', 'bcme'], ['Session.Id', 'Internal']);
  second = await sso.another();
  const repository = second.app.get(ThirdPartyDataRepository);
  const ofUser = repository.ofUser.bind(repository);
  // counts what the second instance reads, and lets something happen between reading and keeping
  repository.ofUser = async (appId, name) => {
    selects++;
    const found = await ofUser(appId, name);
    await beforeAnswer?.();
    return found;
  };
  await heard();
});
afterAll(() => sso.close());

/** Reads on the second instance. */
const read = async (username: string, vendor = 'acme') => {
  const { body } = await sso.request('GET', data.path(username, vendor), data.key, undefined, second);
  return (body.items as { value: string }[]).map(({ value }) => value);
};
const readsNow = async (username: string, ...values: string[]) =>
  waitFor(async () => JSON.stringify(await read(username)) === JSON.stringify(values));

/** Waits until the second instance keeps anything: once it hears the bus. */
async function heard(): Promise<void> {
  await data.put('first', 'acme', 'Internal', 'v');
  await waitFor(async () => {
    const before = selects;
    await read('first');
    return selects === before;
  });
}

describe('what is kept of users’ values', () => {
  it('all vendors of a user are read with one SELECT, and then not again', async () => {
    await data.put('dana', 'acme', 'Internal', 'a');
    await data.put('dana', 'bcme', 'Internal', 'b');
    await readsNow('dana', 'a');
    // events of the writes may still be on their way
    await waitFor(async () => {
      const before = selects;
      expect(await read('dana')).toEqual(['a']);
      expect(await read('Dana ', 'bcme')).toEqual(['b']);
      return selects === before;
    });
  });

  it('S3: kept on one instance, written on the other: seen after the event', async () => {
    await data.put('erin', 'acme', 'Session.Id', 'one');
    await readsNow('erin', 'one');
    await data.put('erin', 'acme', 'Session.Id', 'two');
    await readsNow('erin', 'two');
    await data.delete('erin', 'acme', 'Session.Id');
    await readsNow('erin');
    await data.put('erin', 'acme', 'Session.Id', 'three');
    await data.mine('DELETE', 'erin', '/acme');
    await readsNow('erin');
  });

  it('erased: gone on every instance, also where it was kept', async () => {
    await data.put('gone', 'acme', 'Session.Id', 'v');
    await readsNow('gone', 'v');
    await sso.userDeleted('demo', sso.neighbours.userId('demo', 'gone'));
    await readsNow('gone');
  });

  it('a write is seen at once where it was made, by name in any case', async () => {
    for (let n = 0; n < 20; n++) {
      await data.put('ray', 'acme', 'Internal', `v${n}`);
      expect(await data.values('RAY', 'acme')).toEqual({ Internal: `v${n}` });
    }
  });

  it('what was read before a change is not kept after it', async () => {
    await data.put('crossing', 'acme', 'Internal', 'old');
    // this instance knows nothing of the user yet, so only the user's id says whom the change is about
    const values = second.app.get(CachedValues);
    const changed = values.changed.bind(values);
    // nor does an event come to its help later
    values.changed = () => {};
    values.dropAll();
    beforeAnswer = async () => {
      beforeAnswer = undefined;
      await data.put('crossing', 'acme', 'Internal', 'new');
      changed('demo', sso.neighbours.userId('demo', 'crossing'));
    };
    expect(await read('crossing')).toEqual(['old']);
    expect(await read('crossing')).toEqual(['new']);
    values.changed = changed;
  });

  it('names that nobody has are not kept', async () => {
    await read('nobody');
    const before = selects;
    await read('nobody');
    expect(selects).toBe(before + 1);
  });

  it('API-09: users with very much are read anew each time; all of it', async () => {
    for (const vendor of ['acme', 'bcme'])
      for (const key of ['Internal', 'Session.Id']) await data.put('large', vendor, key, 'ä'.repeat(4096));
    await readsNow('large', 'ä'.repeat(4096), 'ä'.repeat(4096));
    const before = selects;
    expect(await read('large')).toHaveLength(2);
    expect(await read('large', 'bcme')).toHaveLength(2);
    expect(selects).toBe(before + 2);
  });
});

describe('limits', () => {
  it(`API-09: a user has at most ${VALUES_MAX} values; those there are may be replaced`, async () => {
    const database = sso.service.app.get(Database);
    await data.put('hoarder', 'acme', 'Internal', 'v');
    const userId = sso.neighbours.userId('demo', 'hoarder');
    await database.query(
      `INSERT INTO third_party_data_elements (app_id, name, description)
       SELECT 'demo', 'Filler' || n, 'x' FROM generate_series(1, $1::int) n`,
      [VALUES_MAX - 1],
    );
    await database.query(
      `INSERT INTO third_party_data (app_id, user_id, vendor, element, sealed_value)
       SELECT 'demo', $1, 'bcme', 'Filler' || n, 'x' FROM generate_series(1, $2::int) n`,
      [userId, VALUES_MAX - 1],
    );
    const refused = await data.put('hoarder', 'acme', 'Session.Id', 'v');
    expect(refused).toMatchObject({ status: 409, body: { code: 'sso/value-limit' } });
    expect((await data.put('hoarder', 'acme', 'Internal', 'again')).status).toBe(204);
  });
});

describe('at rest', () => {
  it('values are sealed for their user, vendor and element: a row moved elsewhere does not open', async () => {
    await data.put('owner', 'acme', 'Internal', 'in clear nowhere');
    await data.put('thief', 'acme', 'Internal', 'own');
    const rows = await sso.service.database.query<{ sealed: string }>(
      'SELECT sealed_value AS sealed FROM third_party_data WHERE user_id = $1',
      [sso.neighbours.userId('demo', 'owner')],
    );
    expect(JSON.stringify(rows)).not.toContain('clear');
    await sso.service.database.query('UPDATE third_party_data SET sealed_value = $1 WHERE user_id = $2', [
      rows[0]?.sealed,
      sso.neighbours.userId('demo', 'thief'),
    ]);
    expect((await data.get('thief', 'acme')).status).toBe(500);
  });

  it('a write for a user who is erased meanwhile lands with nobody of that id', async () => {
    const old = sso.neighbours.userId('demo', 'late');
    sso.neighbours.afterResolve = async () => {
      sso.neighbours.afterResolve = undefined;
      sso.neighbours.forget('demo', 'late');
      await sso.userDeleted('demo', old);
      await waitFor(async () => {
        const [row] = await sso.service.database.query('SELECT erased_at FROM users WHERE user_id = $1', [
          old,
        ]);
        return Boolean(row?.erased_at);
      });
    };
    expect((await data.put('late', 'acme', 'Internal', 'v')).status).toBe(204);
    const rows = await sso.service.database.query('SELECT 1 FROM third_party_data WHERE user_id = $1', [old]);
    expect(rows).toEqual([]);
    expect(await data.values('late', 'acme')).toEqual({ Internal: 'v' });
  });
});
