import { type Ask, confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ClientRepository } from './client.repository.ts';
import { clientSecretHash } from './client-secret.ts';

const broker = new OidcBroker();
let demo: Ask;
beforeAll(async () => {
  await broker.open();
  demo = management(broker, 'demo');
});
afterAll(() => broker.close());

const make = async (more: object = {}) => {
  const { body } = await demo('POST', '/v1/clients', { ...confidentialClient, ...more });
  return { id: body.client.clientId as string, secret: body.clientSecret as string };
};
const rotate = (id: string, body?: object, headers?: Record<string, string>) =>
  demo('POST', `/v1/clients/${id}/rotate-secret`, body, headers);
/** Which of these secrets open the door. */
const inForce = async (id: string, ...secrets: string[]) => {
  const client = await broker.service.app.get(ClientRepository, { strict: false }).read('demo', id);
  return secrets.map((secret) => client?.secretHashes.includes(clientSecretHash(secret)));
};

describe('POST /v1/clients/{clientId}/rotate-secret', () => {
  it('without an overlap the former secret ends at once', async () => {
    const { id, secret } = await make();
    const { status, body } = await rotate(id);
    expect([status, Object.keys(body)]).toEqual([200, ['clientSecret']]);
    expect(await inForce(id, secret, body.clientSecret)).toEqual([false, true]);
    expect((await broker.events('oidc.client.changed.v1')).at(-1)?.data).toEqual({
      clientId: id,
      members: ['clientSecret'],
    });
  });

  it('with one it ends when the overlap does, by the database’s clock', async () => {
    const { id, secret } = await make();
    const { body } = await rotate(id, { overlapSeconds: 3600 });
    expect(Date.parse(body.formerUntil) - Date.now()).toBeGreaterThan(3_500_000);
    expect(await inForce(id, secret, body.clientSecret)).toEqual([true, true]);
    expect((await demo('GET', `/v1/clients/${id}`)).body.secrets).toBe(2);
    await broker.service.database.query(
      `UPDATE oidc_client_secrets SET expires_at = clock_timestamp() - interval '1 ms' WHERE expires_at IS NOT NULL`,
    );
    expect(await inForce(id, secret, body.clientSecret)).toEqual([false, true]);
  });

  it('two are in force at most: one that was ending ends with the next rotation', async () => {
    const { id, secret } = await make();
    const second = (await rotate(id, { overlapSeconds: 604_800 })).body.clientSecret;
    const third = (await rotate(id, { overlapSeconds: 604_800 })).body.clientSecret;
    expect(await inForce(id, secret, second, third)).toEqual([false, true, true]);
    const fourth = (await rotate(id)).body.clientSecret;
    expect(await inForce(id, second, third, fourth)).toEqual([false, false, true]);
  });

  it('of ten at once each gets a secret and at most two stay in force', async () => {
    const { id } = await make();
    const answers = await Promise.all(Array.from({ length: 10 }, () => rotate(id, { overlapSeconds: 60 })));
    const secrets = answers.map(({ body }) => body.clientSecret as string);
    expect(new Set(secrets).size).toBe(10);
    expect((await inForce(id, ...secrets)).filter(Boolean)).toHaveLength(2);
  });

  it('a repeat of an Idempotency-Key rotates once', async () => {
    const { id } = await make();
    const headers = { 'idempotency-key': 'rotation' };
    const { body } = await rotate(id, {}, headers);
    expect(await rotate(id, {}, headers)).toMatchObject({
      status: 409,
      body: { code: 'idempotency/already-done', id },
    });
    expect(await inForce(id, body.clientSecret)).toEqual([true]);
  });

  it.each([
    [{ overlapSeconds: -1 }, 'overlapSeconds'],
    [{ overlapSeconds: 604_801 }, 'overlapSeconds'],
    [{ overlapSeconds: 0.5 }, 'overlapSeconds'],
    [{ overlap: 1 }, 'overlap'],
  ])('%j is 400 and changes nothing', async (body, field) => {
    const { id, secret } = await make();
    expect(await rotate(id, body)).toMatchObject({ status: 400, body: { code: 'request/invalid', field } });
    expect(await inForce(id, secret)).toEqual([true]);
  });

  it('a public client has none', async () => {
    const { id } = await make({ kind: 'public' });
    expect(await rotate(id)).toMatchObject({ status: 409, body: { code: 'oidc/client-public' } });
    expect((await demo('DELETE', `/v1/clients/${id}/secrets`)).status).toBe(409);
  });
});

describe('DELETE /v1/clients/{clientId}/secrets', () => {
  it('takes all of them away at once', async () => {
    const { id, secret } = await make();
    const second = (await rotate(id, { overlapSeconds: 60 })).body.clientSecret;
    expect((await demo('DELETE', `/v1/clients/${id}/secrets`)).status).toBe(204);
    expect(await inForce(id, secret, second)).toEqual([false, false]);
    const third = (await rotate(id)).body.clientSecret;
    expect(await inForce(id, third)).toEqual([true]);
  });
});
