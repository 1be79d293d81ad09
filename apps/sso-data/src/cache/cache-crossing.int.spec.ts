import { openSqlDoor, type SqlDoor, waitFor } from '@countersign/testing';
import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from '../elements/element-definitions.ts';

const GATE = 4711;
const sso = new SsoData();
let door: SqlDoor;
let key: string;

const defined = async () => [...(await sso.service.app.get(ElementDefinitions).of('demo')).keys()];
const insert = (name: string) =>
  door.query(`INSERT INTO elements_behind_the_gate (app_id, name, description) VALUES ('demo', $1, 'x')`, [
    name,
  ]);
const waiting = async () =>
  (await door.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = ${GATE} AND NOT granted`))
    .length;

beforeAll(async () => {
  await sso.open();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  door = openSqlDoor(sso.databaseUrl);
  // a load sees what there was when it began, and waits at the gate before it answers
  await door.query(`ALTER TABLE third_party_data_elements RENAME TO elements_behind_the_gate`);
  await door.query(`CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
    PERFORM pg_advisory_lock_shared(${GATE}); PERFORM pg_advisory_unlock_shared(${GATE}); RETURN true; END $$`);
  await door.query(
    `CREATE VIEW third_party_data_elements AS SELECT * FROM elements_behind_the_gate WHERE gate()`,
  );
  await insert('Session.First');
});
afterAll(async () => {
  await door.close();
  await sso.close();
});

/** Shuts the gate; what is answered opens it. */
const shut = async (): Promise<() => Promise<void>> => {
  const holder = openSqlDoor(sso.databaseUrl);
  // of the connection, which is open until the door is closed
  await holder.query(`SELECT pg_advisory_lock(${GATE})`);
  return () => holder.close();
};
const invalidate = () =>
  sso.request('POST', '/v1/cache/invalidate', key, { table: 'ThirdPartyDataElements' });

it('issue 5: invalidated while loading: who asks after it reads anew, and the load that is late is not kept', async () => {
  const open = await shut();
  const early = defined();
  await waitFor(async () => (await waiting()) === 1, { what: 'the load to wait' });
  const joined = defined();
  await insert('Session.Second');
  expect((await invalidate()).status).toBe(202);
  const late = [defined(), defined()];
  await waitFor(async () => (await waiting()) >= 2, { what: 'another load to wait' });
  await open();
  expect(await early).toEqual(['Session.First']);
  expect(await joined).toEqual(['Session.First']);
  for (const names of await Promise.all(late)) expect(names).toEqual(['Session.First', 'Session.Second']);
  expect(await defined()).toEqual(['Session.First', 'Session.Second']);
});

it('issue 5: it is applied though a load hangs, whose answer is not kept then either', async () => {
  await invalidate();
  const open = await shut();
  const early = defined();
  await waitFor(async () => (await waiting()) === 1, { what: 'the load to wait' });
  await insert('Session.Third');
  const { body } = await invalidate();
  const view = () => sso.request('GET', `/v1/cache/invalidations/${body.invalidationId}`, key);
  await waitFor(async () => (await view()).body.applied === true);
  await open();
  expect(await early).not.toContain('Session.Third');
  expect(await defined()).toContain('Session.Third');
});
