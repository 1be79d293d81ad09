import { systemClock } from '@countersign/kernel';
import { withApp } from '../../src/authenticator-app.ts';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { DeviceKey } from '../../src/device-key.ts';
import { offered } from '../../src/next-actions.ts';
import { System } from '../../src/system.ts';

const FIREFOX = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0' };
const now = () => Math.floor(Date.now() / 1000);

describe('trusted devices (contracts §1.8)', () => {
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('devices');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const begin = (username: string, auth: string | undefined, of = bank) =>
    of.begin({ user: { username }, ...(auth && { trustItems: { auth } }) }, { headers: FIREFOX });
  const login = async (username: string, auth: string, of = bank) => {
    const page = await begin(username, auth, of);
    return expectStatus(await page.verify(await of.grant(username, { flowId: page.flowId })), 200);
  };
  const devicesOf = async (username: string, of = bank) => (await of.user(username)).devices;
  const discover = async (wallet: unknown, of = bank) =>
    (await of.call('POST', '/fido2/v2/mfa/discover', { body: { trustItems: { wallet } } })).status;
  const countOf = async (table: string): Promise<number> =>
    (await system.rows<{ n: number }>('mfa-orchestrator', `SELECT count(*)::int AS n FROM ${table}`))[0]!.n;

  it('a device is trusted after a completed flow and not before; its key is what it is known by', async () => {
    const key = new DeviceKey();
    await begin('ann', key.trustId());
    expect(await devicesOf('ann')).toEqual([]);
    const { deviceId } = await login('ann', key.trustId());
    const [device] = await devicesOf('ann');
    expect(device).toEqual({
      ...{ id: deviceId, kind: 'auth' },
      ...{ clientName: 'Firefox', clientVersion: '127.0', osName: 'Linux' },
      trustedAt: expect.any(String),
      trustedUntil: expect.any(String),
      lastUsedAt: expect.any(String),
    });
    // Android sends no id; another browser's id does not make another device
    await login('ann', key.trustId({ id: undefined }));
    await login('ann', key.trustId({ id: 'SOMETHINGELSE' }));
    expect(await devicesOf('ann')).toHaveLength(1);
    await system.settled();
    expect(system.bus.events('mfa.user.device-trusted.v1', { id: deviceId })).toHaveLength(1);
  });

  it('L2: a known user on a device that is not recognised gets external alone, on a trusted one what they have', async () => {
    const settings = { defaultPolicies: { login: 'known-device', transaction: 'external' } };
    const careful = await system.bank({ settings });
    await careful.policy('known-device', {
      offers: ['totp', 'external'],
      satisfiedBy: [['external'], ['totp']],
      externalAlone: ['new-device'],
    });
    const steps = async (key?: DeviceKey, username = 'ben') =>
      offered((await begin(username, key?.trustId(), careful)).begun);
    await withApp(careful, 'ben', systemClock);
    const key = new DeviceKey();
    await login('ben', key.trustId(), careful);
    expect(await steps()).toEqual(['external']);
    expect(await steps(new DeviceKey())).toEqual(['external']);
    expect(await steps(key)).toEqual(['totp:verify', 'external']);
    // trusted for ben, and for nobody else
    await withApp(careful, 'carl', systemClock);
    expect(await steps(key, 'carl')).toEqual(['external']);
    const [{ id }] = await devicesOf('ben', careful);
    expectStatus(await careful.api('DELETE', `/v1/users/ben/devices/${id}`), 204);
    expect(await steps(key)).toEqual(['external']);
  });

  it.each<[string, (key: DeviceKey) => string]>([
    ['JWT-01 alg none', (key) => key.trustId({}, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['JWT-02 HS256 by the public key', (key) => key.hs256()],
    ['JWT-02 another curve', () => new DeviceKey('P-384').trustId()],
    [
      'a private key in the header',
      (key) => key.trustId({}, { jwk: key.privateKey.export({ format: 'jwk' }) }),
    ],
    ['another’s public key', (key) => key.trustId({}, { jwk: new DeviceKey().jwk })],
    ['a key id beside the key', (key) => key.trustId({}, { kid: 'x' })],
    ['expired', (key) => key.trustId({ exp: now() - 31 })],
    ['far in the future', (key) => key.trustId({ exp: now() + 500 })],
    ['without exp', (key) => key.trustId({ exp: undefined })],
    [
      'a changed claim',
      (key) =>
        key.trustId().replace(/\.[^.]*\./, `.${Buffer.from('{"exp":9999999999}').toString('base64url')}.`),
    ],
    ['huge', (key) => key.trustId({ id: 'x'.repeat(5_000) })],
    ['no JWT', () => 'trust me'],
  ])('a trust id that does not hold is no device, and no reason to fail: %s', async (_, make) => {
    const key = new DeviceKey();
    await login('dave', key.trustId());
    const [known] = await devicesOf('dave');
    const before = await countOf('devices');
    const done = await login('dave', make(key));
    expect(done.deviceId).toBeUndefined();
    expect(await countOf('devices')).toBe(before);
    expect(await discover(make(key))).toBe(404);
    expect(known.kind).toBe('auth');
    expectStatus(await bank.api('DELETE', `/v1/users/dave/devices/${known.id}`), 204);
  });

  it('single use: the second showing, also one of the twin signature, is no device', async () => {
    const key = new DeviceKey();
    const trustId = key.trustId();
    expect((await login('emil', trustId)).deviceId).toBeDefined();
    expect((await login('emil', trustId)).deviceId).toBeUndefined();
    const parallel = key.trustId();
    const done = await Promise.all([1, 2, 3].map(() => begin('emil', parallel)));
    expect(done).toHaveLength(3);
    const rows = await system.rows<{ id: string | null }>(
      'mfa-orchestrator',
      'SELECT device_id AS id FROM flows WHERE id = ANY ($1::uuid[]) AND device_id IS NOT NULL',
      [done.map(({ flowId }) => flowId)],
    );
    expect(rows).toHaveLength(1);
  });

  it('invariant 1: a device is one application’s; a trust id shown elsewhere is used up', async () => {
    const other = await system.bank();
    const key = new DeviceKey();
    const { deviceId } = await login('fay', key.trustId());
    expect((await login('fay', key.trustId(), other)).deviceId).not.toBe(deviceId);
    const [theirs] = await devicesOf('fay', other);
    expectStatus(await bank.api('DELETE', `/v1/users/fay/devices/${theirs.id}`), 404);
    const once = key.trustId();
    await begin('fay', once, other);
    expect((await login('fay', once)).deviceId).toBeUndefined();
  });

  it('a device is never a proof: it satisfies no policy', async () => {
    const key = new DeviceKey();
    await login('gus', key.trustId());
    const page = await begin('gus', key.trustId());
    expect(page.begun.nextAction).toBe('external');
    expect(page.begun.accessToken).toBeUndefined();
  });

  it('discover: 204 for a device somebody trusts, 404 for any other; asking leaves no trace', async () => {
    const wallet = new DeviceKey();
    const before = [await countOf('devices'), await countOf('trust_id_uses')];
    expect(await discover(wallet.trustId())).toBe(404);
    expect([await countOf('devices'), await countOf('trust_id_uses')]).toEqual(before);
    const page = await bank.begin({
      user: { username: 'hal' },
      payload: 'pay 5 EUR',
      trustItems: { wallet: wallet.trustId() },
    });
    expect(await discover(wallet.trustId())).toBe(404);
    expectStatus(await page.verify(await bank.grant('hal', { flowId: page.flowId })), 200);
    const shown = wallet.trustId();
    expect(await discover(shown)).toBe(204);
    expect(await discover(shown)).toBe(404);
    for (const body of [{}, { trustItems: 'x' }, { trustItems: null }])
      expectStatus(await bank.call('POST', '/fido2/v2/mfa/discover', { body }), 400);
    for (const odd of [undefined, 7, '', {}]) expect(await discover(odd)).toBe(404);
  });

  it('contracts §1.11: a begin without a name knows the wallet’s user, where there is exactly one', async () => {
    const wallet = new DeviceKey();
    const pay = (username: string) =>
      bank.begin({ user: { username }, payload: 'pay', trustItems: { wallet: wallet.trustId() } });
    const flowUser = async (flowId: string) =>
      (
        await system.rows<{ name: string }>(
          'mfa-orchestrator',
          'SELECT username AS name FROM flows WHERE id = $1',
          [flowId],
        )
      )[0]!.name;
    expect(await flowUser((await pay('')).flowId)).toBe('');
    for (const [username, known] of [
      ['ida', 'ida'],
      ['jan', ''],
    ] as const) {
      const page = await pay(username);
      expectStatus(await page.verify(await bank.grant(username, { flowId: page.flowId })), 200);
      expect(await flowUser((await pay('')).flowId)).toBe(known);
    }
  });

  it('Cloudentity C9: 0 seconds disable it, and a device is forgotten when its time is up', async () => {
    const never = await system.bank({ settings: { deviceTrustSeconds: 0 } });
    const key = new DeviceKey();
    await login('kim', key.trustId(), never);
    expect(await devicesOf('kim', never)).toEqual([]);
    expect(await discover(key.trustId(), never)).toBe(404);
    await login('lea', key.trustId());
    expect(await discover(key.trustId())).toBe(204);
    await system.rows('mfa-orchestrator', `UPDATE device_trusts SET trusted_until = clock_timestamp()`);
    expect(await discover(key.trustId())).toBe(404);
    expect(await devicesOf('lea')).toEqual([]);
  });

  it('invariant 3: what is refused is counted, in a metric with a bounded set of labels', async () => {
    const { url } = system.service('mfa-orchestrator');
    const text = await (await fetch(`${url}/metrics`)).text();
    const count = (result: string) =>
      Number(
        new RegExp(`countersign_trust_ids_total\\{[^}]*result="${result}"[^}]*\\} (\\d+)`).exec(text)?.[1],
      );
    for (const result of ['accepted', 'refused', 'reused']) expect(count(result)).toBeGreaterThan(0);
  });
});
