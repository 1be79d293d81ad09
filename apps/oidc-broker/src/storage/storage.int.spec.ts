import { ProviderApplication } from '../../test/provider-application.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { Browser } from '../../test/relying-party.ts';
import { ProviderRecords } from './provider-records.ts';
import { RecordAdapter } from './record-adapter.ts';
import { RecordRepository } from './record.repository.ts';
import { RecordUsed, RequestRecords, withRecords } from './request-records.ts';

const broker = new OidcBroker();
let records: RecordRepository;
let own: ProviderRecords;
beforeAll(async () => {
  await broker.open();
  records = broker.service.app.get(RecordRepository);
  own = broker.service.app.get(ProviderRecords);
});
afterAll(() => broker.close());

const seconds = () => Date.now() / 1000;
const codes = (appId = 'demo', now = seconds) => new RecordAdapter(records, appId, 'AuthorizationCode', now);
const code = (grantId = 'g') => ({
  kind: 'AuthorizationCode',
  grantId,
  clientId: 'c',
  accountId: 'u',
  exp: Math.floor(seconds()) + 30,
});

describe('invariant 2: a code', () => {
  it('is used up by one of two that found it unused', async () => {
    await codes().upsert('once', code(), 30);
    const tries = [1, 2].map(() => new RequestRecords(records, 'demo'));
    for (const one of tries)
      await withRecords(one, async () => {
        expect((await codes().find('once'))?.consumed).toBeUndefined();
        await codes().consume('once');
      });
    const outcomes = await Promise.allSettled(tries.map((one) => one.flush()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('that was used already takes nothing else of its request along', async () => {
    await codes().upsert('twice', code('g2'), 30);
    await codes().consume('twice');
    const late = new RequestRecords(records, 'demo');
    await withRecords(late, async () => {
      await codes().consume('twice');
      await codes().upsert('made', code('g2'), 30);
    });
    await expect(late.flush()).rejects.toThrow(RecordUsed);
    expect(await codes().find('made')).toBeUndefined();
  });

  it('is gone when the database says so, whatever this machine’s clock says', async () => {
    await codes().upsert('late', code(), 30);
    const slow = codes('demo', () => seconds() - 3600);
    const found = await slow.find('late');
    expect(Math.abs(Number(found?.exp) - (seconds() - 3600 + 30))).toBeLessThan(3);
    await broker.service.database.query('UPDATE oidc_records SET expires_at = clock_timestamp()');
    expect(await slow.find('late')).toBeUndefined();
    await expect(codes().consume('late')).rejects.toThrow(RecordUsed);
  });

  it('API-01: of one application is none of another', async () => {
    await codes('demo').upsert('mine', code(), 30);
    expect(await codes('acme').find('mine')).toBeUndefined();
    await codes('acme').destroy('mine');
    await codes('acme').revokeByGrantId('g');
    await expect(codes('acme').consume('mine')).rejects.toThrow(RecordUsed);
    expect(await codes('demo').find('mine')).toMatchObject({ jti: 'mine', grantId: 'g' });
  });

  it('is no access token, nor is its hash a code', async () => {
    await codes().upsert('kinds', code(), 30);
    expect(await new RecordAdapter(records, 'demo', 'AccessToken', seconds).find('kinds')).toBeUndefined();
    const [row] = await broker.service.database.query<{ id: string }>('SELECT id FROM oidc_records LIMIT 1');
    for (const id of [row?.id ?? '', `#${row?.id}`]) expect(await codes().find(id)).toBeUndefined();
  });
});

describe('one request', () => {
  it('finds what it wrote, and others do when it is done', async () => {
    const request = new RequestRecords(records, 'demo');
    await withRecords(request, async () => {
      await codes().upsert('own', code(), 30);
      expect(await codes().find('own')).toMatchObject({ jti: 'own', clientId: 'c' });
      await codes().destroy('own');
      expect(await codes().find('own')).toBeUndefined();
      await codes().upsert('own', code(), 30);
    });
    expect(await codes().find('own')).toBeUndefined();
    await request.flush();
    expect(await codes().find('own')).toMatchObject({ jti: 'own' });
  });

  it.each([true, false])(
    'writes after what leads it, in one statement, and not at all where that was not done',
    async (isDone) => {
      const name = `led-${isDone}`;
      const sql = 'first AS (SELECT 1 AS one WHERE $1 = $1 AND $2::boolean)';
      const request = new RequestRecords(records, 'demo');
      await withRecords(request, () => codes().upsert(name, code(), 30));
      const lead = { sql, done: 'first', values: ['demo', isDone], name: 'test-lead' };
      expect(await request.flushAfter(lead)).toBe(isDone);
      await request.flush();
      expect((await codes().find(name)) !== undefined).toBe(isDone);
    },
  );

  it('knows the user of a record, and the login of an interaction until somebody asks again, or that there is none', async () => {
    const user = await new ProviderApplication(broker).user('erin');
    const find = async (appId: string, accountId: string) => {
      const session = new RecordAdapter(records, appId, 'Session', seconds);
      await session.upsert(`s-${accountId}`, { kind: 'Session', uid: `uid-${accountId}`, accountId }, 30);
      const request = new RequestRecords(records, appId);
      await withRecords(request, () => session.find(`s-${accountId}`));
      return request.cameWith(`User:${accountId}`);
    };
    const { passwordHash, ...known } = JSON.parse((await find('demo', user.userId)) ?? '');
    expect(known).toMatchObject({ userId: user.userId, username: 'erin', enabled: true, hasPassword: true });
    expect(passwordHash).toBeUndefined();
    expect(await find('acme', user.userId)).toBeNull();
    expect(await find('demo', 'nobody')).toBeNull();
    const interaction = new RecordAdapter(records, 'demo', 'Interaction', seconds);
    await interaction.upsert('begun', { kind: 'Interaction' }, 30);
    const request = new RequestRecords(records, 'demo');
    expect(request.cameWith('Login:begun', { once: true })).toBeUndefined();
    await withRecords(request, () => interaction.find('begun'));
    expect(request.cameWith('Login:begun', { once: true })).toBeNull();
    expect(request.cameWith('Login:begun', { once: true })).toBeUndefined();
  });

  it('sees a used assertion once (JWT-05), also of many at once', async () => {
    const seen = await Promise.all(
      Array.from({ length: 8 }, () => records.insertOnce('demo', 'Replay:x', 60)),
    );
    expect(seen.filter(Boolean)).toHaveLength(1);
    expect(await records.insertOnce('acme', 'Replay:x', 60)).toBe(true);
  });

  it('leaves what has expired to the sweep', async () => {
    await codes().upsert('old', code(), 30);
    await broker.service.database.query('UPDATE oidc_records SET expires_at = clock_timestamp()');
    while ((await records.sweep()) > 0);
    expect(await broker.service.database.query('SELECT 1 FROM oidc_records')).toEqual([]);
  });
});

describe('what is kept of a user', () => {
  it('is listed, taken back and forgotten; another application’s stays', async () => {
    const demo = new ProviderApplication(broker);
    const user = await demo.user('dana');
    const [one, two] = [demo.relyingParty(await demo.client()), demo.relyingParty(await demo.client())];
    const browser = new Browser(broker);
    const first = await one.redeem((await demo.signIn(one, 'dana', { browser })).code ?? '');
    const second = await two.redeem((await demo.signIn(two, 'dana', { browser })).code ?? '');
    const grants = await own.grantsOf('demo', user.userId);
    expect(grants.map(({ clientId }) => clientId).sort()).toEqual(
      [one.client.clientId, two.client.clientId].sort(),
    );
    expect(grants[0]).toMatchObject({ scopes: ['openid'], at: expect.any(Number) });
    expect(await own.sessionsOf('demo', user.userId)).toEqual([
      { sessionId: expect.any(String), at: expect.any(Number), amr: ['pwd'], acr: 'aal1' },
    ]);
    const { grantId = '' } = grants.find(({ clientId }) => clientId === one.client.clientId) ?? {};
    expect(await own.revokeGrant('demo', 'somebody', grantId)).toBe(false);
    expect(await own.revokeGrant('acme', user.userId, grantId)).toBe(false);
    expect(await own.revokeGrant('demo', user.userId, grantId)).toBe(true);
    expect((await one.userinfo(first.json.access_token)).status).toBe(401);
    expect((await two.userinfo(second.json.access_token)).status).toBe(200);
    await own.endSessions('demo', user.userId);
    expect((await two.userinfo(second.json.access_token)).status).toBe(401);
    await broker.service.database.transaction((tx) => own.forgetUser(tx, 'demo', user.userId));
    expect(await own.grantsOf('demo', user.userId)).toEqual([]);
    const left = await broker.service.database.query(
      `SELECT kind FROM oidc_records WHERE kind <> 'Interaction'`,
    );
    expect(left).toEqual([]);
  });
});
