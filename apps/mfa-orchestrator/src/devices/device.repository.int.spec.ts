import { uuidv7 } from '@countersign/kernel';
import { MessageDatabase } from '../../test/message-system.ts';
import { DeviceRepository } from './device.repository.ts';

describe('devices and their trust', () => {
  let place: MessageDatabase;
  let devices: DeviceRepository;
  beforeAll(async () => {
    place = await MessageDatabase.open('devices');
    devices = new DeviceRepository(place.db);
    for (const [id, appId] of Object.entries({ ann: 'demo', ben: 'demo', else: 'other' }))
      await place.db.query('INSERT INTO users (id, app_id, username, username_key) VALUES ($1, $2, $1, $1)', [
        id,
        appId,
      ]);
  });
  afterAll(() => place.close());

  const see = (thumbprint: string, described = {}, appId = 'demo') =>
    devices.see({ id: uuidv7(), appId, thumbprint, kind: 'auth', trustId: undefined, described });
  const trust = (id: string, userId: string, seconds = 1000, appId = 'demo') =>
    place.db.transaction((tx) => devices.trust(tx, appId, id, userId, seconds));
  const count = async (table: string): Promise<number> =>
    (await place.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]!.n;

  it('RFC 7638: one key is one device in one application, however many see it at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => see('print-1')));
    expect(new Set(ids).size).toBe(1);
    expect(await see('print-1', {}, 'other')).not.toBe(ids[0]);
  });

  it('a description that says nothing takes none away', async () => {
    const id = await see('print-2', { clientName: 'Firefox' });
    await see('print-2');
    await trust(id, 'ann');
    const [device] = await devices.trustedOf(place.db, 'ann', undefined);
    expect(device!.described).toEqual({ clientName: 'Firefox' });
  });

  it('invariant 1: a device is trusted for users of its own application only', async () => {
    const id = await see('print-3');
    expect(await trust(id, 'else')).toBeUndefined();
    expect(await trust(id, 'ben', 1000, 'other')).toBeUndefined();
    expect(await devices.usersOf(place.db, id, undefined)).toEqual([]);
  });

  it('Cloudentity C9: a setting that was lowered holds at once for devices trusted before', async () => {
    const id = await see('print-4');
    expect(await trust(id, 'ben')).toBe('auth');
    expect(await trust(id, 'ben')).toBeUndefined();
    const holds = (seconds?: number) => devices.isTrusted(place.db, id, 'ben', seconds);
    expect([await holds(), await holds(1000), await holds(0)]).toEqual([true, true, false]);
    expect(await devices.trustedOf(place.db, 'ben', 0)).toEqual([]);
    expect(await devices.usersOf(place.db, id, 0)).toEqual([]);
  });

  it('a user has fifty trusted devices at most; the longest unused trust goes', async () => {
    const first = await see('many-0');
    await trust(first, 'ann');
    for (let at = 1; at <= 50; at++) await trust(await see(`many-${at}`), 'ann');
    expect(await devices.trustedOf(place.db, 'ann', undefined)).toHaveLength(50);
    expect(await devices.isTrusted(place.db, first, 'ann', undefined)).toBe(false);
  });

  it('what is over is removed: used trust ids, ended trusts, devices that nobody trusts for a day', async () => {
    expect(await devices.use('soon', new Date(Date.now() + 60_000))).toBe(true);
    expect(await devices.use('soon', new Date(Date.now() + 60_000))).toBe(false);
    expect(await devices.use('over', new Date(Date.now() - 1_000))).toBe(true);
    const stranger = await see('stranger');
    const forgotten = await see('forgotten');
    await trust(forgotten, 'ben');
    const kept = await count('devices');
    await devices.purge();
    expect([await count('trust_id_uses'), await count('devices')]).toEqual([1, kept]);
    await place.db.query(
      `UPDATE devices SET seen_at = seen_at - interval '2 days' WHERE id = ANY ($1::uuid[])`,
      [[stranger, forgotten]],
    );
    await place.db.query('UPDATE device_trusts SET trusted_until = clock_timestamp() WHERE device_id = $1', [
      forgotten,
    ]);
    expect(await devices.purge()).toBe(3);
    expect(await count('devices')).toBe(kept - 2);
    expect(await devices.find('demo', 'many-50')).toBeDefined();
  });
});
