import { waitFor } from '@countersign/testing';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { bearer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

describe('tokens after a login', () => {
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('refresh');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  const logIn = async (username: string) =>
    expectStatus(await (await bank.login(username)).verify(await bank.grant(username)), 200);
  const refresh = (refreshToken: string) =>
    bank.call('POST', '/fido2/v2/auth/refresh', { body: { refreshToken } });
  /** What a route of the user says to a token. */
  const me = async (accessToken: string) =>
    (await bank.call('GET', '/v1/me/factors', { authorization: bearer(accessToken) })).status;
  const within = (what: () => Promise<boolean>) => waitFor(what, { timeoutMs: 1_000 });

  it('RFC 9700 §4.14.2: a refreshed token opens what the first did', async () => {
    const tokens = await logIn('rita');
    const { accessToken, refreshToken } = expectStatus(await refresh(tokens.refreshToken), 200);
    expect([await me(tokens.accessToken), await me(accessToken)]).toEqual([200, 200]);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('a login that was begun without a name refreshes like any other', async () => {
    const page = await bank.begin({ user: { username: '' } });
    const token = await bank.grant('nora', { flowId: page.flowId });
    const tokens = expectStatus(await page.verify(token), 200);
    expect((await refresh(tokens.refreshToken)).status).toBe(200);
  });

  it('SES-06: after a logout every token of the login is dead within a second, at every service', async () => {
    const tokens = await logIn('olga');
    const next = expectStatus(await refresh(tokens.refreshToken), 200);
    const logout = { authorization: next.accessToken };
    expect((await bank.call('POST', '/fido2/v2/auth/logout', logout)).status).toBe(204);
    await within(async () => (await me(tokens.accessToken)) === 401 && (await me(next.accessToken)) === 401);
    expect((await refresh(next.refreshToken)).status).toBe(401);
  });

  it('OP-14: a deleted user’s login refreshes no more at once, its access tokens die within a second', async () => {
    const tokens = await logIn('petra');
    expectStatus(await bank.api('DELETE', '/v1/users/petra'), 204);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    await within(async () => (await me(tokens.accessToken)) === 401);
    const introspect = async () =>
      expectStatus(
        await bank.api('POST', '/fido2/v2/mgmt/token/introspect', { token: tokens.accessToken }),
        200,
      );
    await within(async () => !(await introspect()).active);
  });

  it('a rotated signing key: tokens of both open; once others may have it, those of it and of the ones before open nothing', async () => {
    const before = await logIn('quinn');
    expectStatus(await bank.api('POST', '/v1/signing-keys/rotate'), 201);
    const after = await logIn('quinn');
    expect([await me(before.accessToken), await me(after.accessToken)]).toEqual([200, 200]);
    expectStatus(await bank.api('POST', '/v1/signing-keys/rotate', { overlapSeconds: 0 }), 201);
    expect([await me(before.accessToken), await me(after.accessToken)]).toEqual([401, 401]);
    const next = expectStatus(await refresh(after.refreshToken), 200);
    expect(await me(next.accessToken)).toBe(200);
  });

  it('pages of the application’s origins may refresh through the gateway', async () => {
    const headers = { origin: 'https://page.example', 'access-control-request-method': 'POST' };
    const preflight = await bank.call('OPTIONS', '/fido2/v2/auth/refresh', { headers });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
  });
});
