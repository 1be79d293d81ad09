import { createHash } from 'node:crypto';
import { type Ask, confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ClientRepository } from './client.repository.ts';
import { CLIENTS_MAX } from './client.schemas.ts';

const broker = new OidcBroker();
let demo: Ask;
let other: Ask;

beforeAll(async () => {
  await broker.open();
  demo = management(broker, 'demo');
  other = management(broker, 'other');
});
afterAll(() => broker.close());

const make = async (more: object = {}, ask = demo) =>
  (await ask('POST', '/v1/clients', { ...confidentialClient, ...more })).body;
const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');
/** As the protocol sees it. */
const found = (clientId: string, appId = 'demo') =>
  broker.service.app.get(ClientRepository, { strict: false }).find(appId, clientId);

describe('POST /v1/clients', () => {
  it('a confidential client gets an id and a secret, shown once; only its SHA-256 is kept', async () => {
    const { status, body } = await demo('POST', '/v1/clients', confidentialClient);
    expect(status).toBe(201);
    expect(body.clientSecret).toMatch(/^cs_[A-Za-z0-9_-]{43}$/);
    const { clientId } = body.client;
    expect(body.client).toMatchObject({
      ...confidentialClient,
      grantTypes: ['authorization_code'],
      scopes: ['openid'],
      signingAlg: 'EdDSA',
      hint: 'required',
      hintInFrontChannel: false,
      requirePar: false,
      consent: 'ask',
      rememberDeviceSeconds: 0,
      protected: false,
      secrets: 1,
    });
    expect((await demo('GET', `/v1/clients/${clientId}`)).body).toEqual(body.client);
    expect((await found(clientId))?.secretHashes).toEqual([hash(body.clientSecret)]);
    const rows = await broker.service.database.query(
      `SELECT row_to_json(c) AS r FROM oidc_clients c UNION ALL SELECT row_to_json(s) FROM oidc_client_secrets s
       UNION ALL SELECT row_to_json(i) FROM idempotency_keys i`,
    );
    expect(JSON.stringify(rows)).not.toContain(body.clientSecret);
    const events = await broker.events('oidc.client.created.v1');
    expect(events.at(-1)).toMatchObject({ appid: 'demo', subject: clientId, data: { clientId } });
  });

  it('API-08: no answer but the first has the secret or a hash of it', async () => {
    const { client, clientSecret } = await make();
    const list = await demo('GET', '/v1/clients?limit=200');
    const one = await demo('GET', `/v1/clients/${client.clientId}`);
    const text = JSON.stringify([list.body, one.body, await broker.events('oidc.client.created.v1')]);
    expect(text).not.toContain(clientSecret);
    expect(text).not.toContain(hash(clientSecret));
  });

  it('a public client and one with keys get no secret', async () => {
    const open = await make({ kind: 'public' });
    expect([open.clientSecret, open.client.secrets]).toEqual([undefined, 0]);
  });

  it('a chosen id is taken once, by each application for itself', async () => {
    expect((await make({ clientId: 'shop-web' })).client.clientId).toBe('shop-web');
    expect(await demo('POST', '/v1/clients', { ...confidentialClient, clientId: 'shop-web' })).toMatchObject({
      status: 409,
      body: { code: 'oidc/client-exists', field: 'clientId' },
    });
    expect((await make({ clientId: 'shop-web' }, other)).client.clientId).toBe('shop-web');
    await other('DELETE', '/v1/clients/shop-web');
    expect((await demo('GET', '/v1/clients/shop-web')).status).toBe(200);
  });

  it('of twenty at once with one id one is made', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        demo('POST', '/v1/clients', { ...confidentialClient, clientId: 'contended' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('a repeat of an Idempotency-Key names the id and not the secret; another body is 422', async () => {
    const headers = { 'idempotency-key': 'one' };
    const first = await demo('POST', '/v1/clients', confidentialClient, headers);
    expect(await demo('POST', '/v1/clients', confidentialClient, headers)).toMatchObject({
      status: 409,
      body: { code: 'idempotency/already-done', id: first.body.client.clientId },
    });
    const changed = await demo('POST', '/v1/clients', { ...confidentialClient, name: 'Else' }, headers);
    expect([changed.status, changed.body.code]).toEqual([422, 'idempotency/key-reused']);
    // a public one has nothing to hide: the same answer again
    const open = { ...confidentialClient, kind: 'public' };
    const one = await demo('POST', '/v1/clients', open, { 'idempotency-key': 'two' });
    const two = await demo('POST', '/v1/clients', open, { 'idempotency-key': 'two' });
    expect([two.status, two.body]).toEqual([201, one.body]);
  });

  it('an application has no more than there can be, however many ask at once', async () => {
    const full = management(broker, 'full');
    await broker.service.database.query(
      `INSERT INTO oidc_clients (app_id, client_id, kind, settings)
       SELECT 'full', 'n' || n, 'public', '{}' FROM generate_series(1, $1::int) n`,
      [CLIENTS_MAX - 1],
    );
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => full('POST', '/v1/clients', confidentialClient)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('oidc/client-limit');
  });
});

describe('/v1/clients/{clientId}', () => {
  it('PATCH sets what is named and null takes away; the event names members, never values', async () => {
    const { client } = await make({ mfa: { policy: 'mfa' }, logoUri: 'https://shop.example/logo.png' });
    const path = `/v1/clients/${client.clientId}`;
    const { status, body } = await demo('PATCH', path, { name: 'New', mfa: null, consent: 'implied' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'New', consent: 'implied', logoUri: client.logoUri, secrets: 1 });
    expect(body).not.toHaveProperty('mfa');
    expect((await demo('GET', path)).body).toEqual(body);
    const events = await broker.events('oidc.client.changed.v1');
    expect(events.at(-1)?.data.clientId).toBe(client.clientId);
    expect(events.at(-1)?.data.members.sort()).toEqual(['consent', 'mfa', 'name']);
    await demo('PATCH', path, { name: 'New', redirectUris: client.redirectUris });
    await demo('PATCH', path, {});
    expect(await broker.events('oidc.client.changed.v1')).toHaveLength(events.length);
  });

  it('PATCH is judged whole, as the client will be', async () => {
    const { client } = await make({ kind: 'public', consent: 'implied' });
    const path = `/v1/clients/${client.clientId}`;
    expect(await demo('PATCH', path, { redirectUris: ['com.example.app:/cb'] })).toMatchObject({
      status: 400,
      body: { field: 'consent' },
    });
    expect((await demo('PATCH', path, { redirectUris: [] })).body.field).toBe('redirectUris');
    expect((await demo('PATCH', path, { kind: 'confidential' })).body.field).toBe('kind');
    expect((await demo('GET', path)).body).toEqual(client);
  });

  it('changes at once follow each other: none is lost', async () => {
    const { client } = await make();
    const path = `/v1/clients/${client.clientId}`;
    await Promise.all([
      ...['hintInFrontChannel', 'requirePar', 'protected'].map((name) =>
        demo('PATCH', path, { [name]: true }),
      ),
      demo('PATCH', path, { rememberDeviceSeconds: 60 }),
    ]);
    expect((await demo('GET', path)).body).toMatchObject({
      hintInFrontChannel: true,
      requirePar: true,
      protected: true,
      rememberDeviceSeconds: 60,
    });
  });

  it('a protected client is deleted only once it is unlocked', async () => {
    const { client } = await make({ protected: true });
    const path = `/v1/clients/${client.clientId}`;
    expect(await demo('DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'oidc/client-protected' },
    });
    await demo('PATCH', path, { protected: false });
    expect(await found(client.clientId)).toBeDefined();
    expect((await demo('DELETE', path)).status).toBe(204);
    expect(await demo('DELETE', path)).toMatchObject({
      status: 404,
      body: { code: 'oidc/client-not-found' },
    });
    expect((await broker.events('oidc.client.deleted.v1')).at(-1)?.data).toEqual({
      clientId: client.clientId,
    });
  });

  it('what was granted to it goes with it, and nothing else', async () => {
    const { client } = await make();
    for (const [id, appId, clientId] of [
      ['Grant:1', 'demo', client.clientId],
      ['RefreshToken:1', 'demo', client.clientId],
      ['Grant:2', 'demo', 'another'],
      ['Grant:1', 'other', client.clientId],
    ])
      await broker.service.database.query(
        `INSERT INTO oidc_records (app_id, id, kind, payload, client_id, expires_at)
         VALUES ($1, $2, 'Grant', '{}', $3, clock_timestamp() + interval '1 hour')`,
        [appId, id, clientId],
      );
    await demo('DELETE', `/v1/clients/${client.clientId}`);
    expect(
      await broker.service.database.query('SELECT app_id, id FROM oidc_records ORDER BY app_id, id'),
    ).toEqual([
      { app_id: 'demo', id: 'Grant:2' },
      { app_id: 'other', id: 'Grant:1' },
    ]);
  });

  it('the protocol sees a change at once, though it believes what it has read for a moment', async () => {
    const { client } = await make();
    expect((await found(client.clientId))?.name).toBe('Shop');
    await demo('PATCH', `/v1/clients/${client.clientId}`, { name: 'Now' });
    expect((await found(client.clientId))?.name).toBe('Now');
    await demo('DELETE', `/v1/clients/${client.clientId}`);
    expect(await found(client.clientId)).toBeUndefined();
  });

  it('the protocol asks the database for nothing that is no id', async () => {
    for (const id of ['', 'a b', 'a\0', 'ä', 'x'.repeat(129), '-a', '\ud800'])
      expect(await found(id)).toBeUndefined();
  });
});

describe('GET /v1/clients', () => {
  it('pages by id, without gaps and repeats', async () => {
    const many = management(broker, 'many');
    for (const clientId of ['b', 'a', 'C', '1', 'z.9']) await make({ clientId }, many);
    const seen: string[] = [];
    let path = '/v1/clients?limit=2';
    for (;;) {
      const { body } = await many('GET', path);
      seen.push(...body.items.map((item: { clientId: string }) => item.clientId));
      if (!body.next) break;
      path = `/v1/clients?limit=2&cursor=${encodeURIComponent(body.next)}`;
    }
    expect(seen).toEqual(['1', 'C', 'a', 'b', 'z.9']);
  });

  it('API-04: a cursor of another application or list is refused', async () => {
    const { body } = await management(broker, 'many')('GET', '/v1/clients?limit=1');
    const cursor = encodeURIComponent(body.next);
    for (const path of [`/v1/clients?cursor=${cursor}`, `/v1/scopes?cursor=${cursor}`])
      expect(await demo('GET', path)).toMatchObject({
        status: 400,
        body: { code: 'request/cursor-invalid' },
      });
  });
});
