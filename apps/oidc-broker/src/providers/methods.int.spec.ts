import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { send } from '../../test/relying-party.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
beforeAll(() => broker.open());
afterAll(() => broker.close());

const DISCOVERY = 'GET, HEAD, OPTIONS';

describe('RFC 9110 §15.5.6: a method that an endpoint does not take', () => {
  it.each([
    ['GET', '/oidc/demo/token', 'POST, OPTIONS'],
    ['HEAD', '/oidc/demo/token', 'POST, OPTIONS'],
    ['PUT', '/oidc/demo/token', 'POST, OPTIONS'],
    ['GET', '/oidc/token/demo', 'POST, OPTIONS'],
    ['GET', '/oidc/demo/par', 'POST, OPTIONS'],
    ['PATCH', '/oidc/demo/introspect', 'POST, OPTIONS'],
    ['GET', '/oidc/demo/revoke', 'POST, OPTIONS'],
    ['DELETE', '/oidc/demo/userinfo', 'GET, HEAD, POST, OPTIONS'],
    ['DELETE', '/oidc/demo/authorize', 'GET, HEAD, POST'],
    ['POST', '/oidc/demo/authorize/some-login', 'GET, HEAD'],
    ['GET', '/oidc/demo/logout/confirm', 'POST'],
    ['POST', '/oidc/demo/.well-known/openid-configuration', DISCOVERY],
    ['POST', '/oidc/demo/jwks', DISCOVERY],
    ['PUT', '/.well-known/oauth-authorization-server/oidc/demo', DISCOVERY],
  ])('%s %s is 405, with those it does', async (method, path, allow) => {
    const { status, headers, json } = await send(broker, path, { method });
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    if (method !== 'HEAD') expect(json).toMatchObject({ status: 405, code: 'request/method' });
  });

  it.each([
    ['GET', '/oidc/demo/nothing'],
    ['PUT', '/oidc/demo/nothing'],
    ['POST', '/oidc/demo/registration'],
    ['PUT', '/oidc/demo/interaction/some-login'],
  ])('%s %s: where there is nothing it is 404, in the same format', async (method, path) => {
    const { status, json } = await send(broker, path, { method });
    expect([status, json.code]).toEqual([404, 'request/not-found']);
  });

  it.each([
    ['GET', '/oidc/demo/.well-known/openid-configuration', 200],
    ['HEAD', '/oidc/demo/.well-known/openid-configuration', 200],
    ['GET', '/.well-known/oauth-authorization-server/oidc/demo', 200],
    ['OPTIONS', '/oidc/demo/token', 204],
    ['POST', '/oidc/demo/token', 400],
    ['GET', '/oidc/demo/userinfo', 401],
    ['GET', '/oidc/demo/logout/success', 200],
  ])('%s %s is taken', async (method, path, expected) => {
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    const headers = method === 'OPTIONS' ? preflight : {};
    expect((await send(broker, path, { method, headers })).status).toBe(expected);
  });
});
