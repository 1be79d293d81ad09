import { Database } from '@countersign/persistence';
import { attemptsMigration, Vault } from '@countersign/security';
import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import { usersAndPolicies } from '../migrations/0001-users-and-policies.ts';
import { challengesFlowsDecisions } from '../migrations/0002-challenges-flows-decisions.ts';
import { factors } from '../migrations/0003-factors.ts';
import { TotpRepository } from './totp.repository.ts';

const ID = '01930000-0000-7000-8000-000000000001';
const FLOW = '01930000-0000-7000-8000-0000000000f1';

describe('secrets of authenticator apps', () => {
  let server: TestDatabase;
  let db: Database;
  let node: Database;
  let secrets: TotpRepository;
  beforeAll(async () => {
    server = await createTestDatabase('totp_rows');
    const migrations = [attemptsMigration, usersAndPolicies, challengesFlowsDecisions, factors];
    const options = { url: server.url, applicationName: 'totp', entities: [], migrations };
    [db, node] = await Promise.all([Database.open(options), Database.open(options)]);
    await db.migrate();
    secrets = new TotpRepository(db, new Vault(new Uint8Array(32).fill(7)));
    await db.query(`INSERT INTO users (id, app_id, username, username_key) VALUES ('ann', 'demo', 'a', 'a')`);
  });
  afterAll(async () => {
    await Promise.all([db.close(), node.close()]);
    await server.drop();
  });

  const owner = { appId: 'demo', userId: 'ann', flowId: FLOW };
  const pending = (last: number) =>
    db.transaction((tx) =>
      secrets.pendingFor(tx, owner, {
        id: `${ID.slice(0, -1)}${last}`,
        secret: Uint8Array.from({ length: 20 }, () => last),
      }),
    );

  it('SES-02: a flow has one unconfirmed secret, however many ask for it at once', async () => {
    const all = await Promise.all([1, 2, 3, 4, 5].map(pending));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(new Set(all.map(({ secret }) => secret.join())).size).toBe(1);
    expect(await secrets.confirmedOf('ann')).toBeUndefined();
  });

  it('SES-02: it is confirmed in its own flow, for its own user, once', async () => {
    const { id } = await pending(1);
    const confirm = (userId: string, flowId: string) =>
      db.transaction((tx) => secrets.confirm(tx, { id, userId, flowId }, 100));
    expect(await confirm('ann', ID)).toBeUndefined();
    expect(await confirm('ben', FLOW)).toBeUndefined();
    expect(await confirm('ann', FLOW)).toEqual({ replaced: undefined });
    expect(await confirm('ann', FLOW)).toBeUndefined();
    expect(await secrets.confirmedOf('ann')).toMatchObject({ id, lastStep: 100 });
  });

  it('OTP-10: of all who use one time step at once on two nodes, one gets it; no earlier one is taken after', async () => {
    const { id } = (await secrets.confirmedOf('ann'))!;
    const nodes = [db, node];
    const use = (step: number, at = 0) => nodes[at % 2]!.transaction((tx) => secrets.useStep(tx, id, step));
    const results = await Promise.all(Array.from({ length: 20 }, (_, at) => use(102, at)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect([await use(101), await use(102, 1), await use(103, 1)]).toEqual([false, false, true]);
  });

  it('invariant 1: a sealed secret opens in its own row only', async () => {
    await db.query(
      `UPDATE totp_secrets SET id = '01930000-0000-7000-8000-000000000099' WHERE user_id = 'ann'`,
    );
    await expect(secrets.confirmedOf('ann')).rejects.toThrow('cannot be opened');
  });

  it('what nobody confirmed within an hour is removed', async () => {
    await pending(2);
    expect(await secrets.purge()).toBe(0);
    await db.query(`UPDATE totp_secrets SET created_at = created_at - interval '61 minutes'`);
    expect(await secrets.purge()).toBe(1);
  });
});
