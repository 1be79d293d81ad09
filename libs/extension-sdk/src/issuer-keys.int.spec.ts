import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FixedClock } from '@countersign/kernel';
import { AUDIENCE, NOW, platform } from '../test/platform.ts';
import { defineSsoExtension } from './index.ts';

const bank = await platform();
const next = await platform('k2');
const served = { paths: [] as string[], status: 200, keys: bank.jwks.keys };
const server = createServer((request, response) => {
  served.paths.push(request.url!);
  response.writeHead(served.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ keys: served.keys }));
});
beforeAll(() => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)));
afterAll(() => new Promise((closed) => server.close(closed)));
beforeEach(() => void Object.assign(served, { paths: [], status: 200, keys: bank.jwks.keys }));

const issuer = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/apps/bank`;
const extension = () => {
  const refused: string[] = [];
  const defined = defineSsoExtension({
    issuer: issuer(),
    audience: AUDIENCE,
    clock: new FixedClock(NOW),
    onRefused: ({ reason }) => refused.push(reason),
    handler: ({ linkOut }) => linkOut('https://partner.example/'),
  });
  const send = async (by: typeof bank, header: object = {}) =>
    (await defined.fetch(new Request(AUDIENCE, await by.requestOf({ iss: issuer() }, header)))).status;
  return { send, refused };
};

describe('keys at <issuer>/v1/sso/jwks.json', () => {
  it('RP-10: they are fetched once, by many at a time too, and kept', async () => {
    const { send } = extension();
    expect(await Promise.all(Array.from({ length: 10 }, () => send(bank)))).toEqual(Array(10).fill(200));
    expect(await send(bank)).toBe(200);
    expect(served.paths).toEqual(['/apps/bank/v1/sso/jwks.json']);
  });

  it('RP-10: unknown key ids do not make us ask again and again', async () => {
    const { send, refused } = extension();
    await send(bank);
    expect(
      await Promise.all(Array.from({ length: 10 }, (_, n) => send(next, { kid: `made-up-${n}` }))),
    ).toEqual(Array(10).fill(401));
    expect([served.paths.length, new Set(refused)]).toEqual([1, new Set(['signature'])]);
  });

  it('what cannot be right asks for no keys', async () => {
    const { send } = extension();
    expect(await send(bank, { typ: 'JWT' })).toBe(401);
    expect(await send(bank, { kid: undefined })).toBe(401);
    expect(served.paths).toEqual([]);
  });

  it.each([
    ['an error', { status: 500 }],
    ['no keys', { keys: 'none' as never }],
  ])(
    'RP-10: %s is 503, no verdict, and the same request works once they are there',
    async (_what, changed) => {
      Object.assign(served, changed);
      const { send, refused } = extension();
      expect([await send(bank), refused]).toEqual([503, ['keys-unavailable']]);
      Object.assign(served, { status: 200, keys: bank.jwks.keys });
      expect(await send(bank)).toBe(200);
    },
  );
});
