import { connect } from 'node:net';
import { currentCorrelationId, currentTrace } from '@countersign/messaging';
import { testKeys } from '@countersign/testing';
import { Controller, Get, Post } from '@nestjs/common';
import { z } from 'zod';
import { bearer, call } from '../../test/call.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import { Access, body, Caller, CallerContext, param } from '../index.ts';

@Controller()
class SpecController {
  @Post('fido2/v2/mfa/begin')
  @Access.open({ application: true })
  begin(@body(z.object({ token: z.string() })) _input: object, @Caller() caller: CallerContext) {
    return { trace: currentTrace(), correlation: currentCorrelationId(), own: caller.correlationId };
  }

  @Get('v1/flows/current')
  @Access.session()
  current() {
    return {};
  }

  @Get('v1/users/:username')
  @Access.apiKey('user:read')
  user(@param('username', z.string()) username: string) {
    return { username };
  }

  @Post('v1/boom')
  @Access.open()
  boom(@body(z.strictObject({ otp: z.string() })) input: { otp: string }) {
    throw Object.assign(new Error(`cannot use Bearer ${input.otp} nor csk_${input.otp}`), {
      parameters: [input.otp],
      detail: `Key (otp)=(${input.otp})`,
      cause: Object.assign(new Error('eyJhbGciOiJ' + '.eyJz.' + input.otp), { query: input.otp }),
    });
  }
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the HTTP door', () => {
  let two: TwoServices;
  let url: string;

  beforeAll(async () => {
    two = await twoServices('http', {
      module: () => moduleOf(SpecController),
      sessions: () => () => Promise.resolve(undefined),
    });
    url = two.service.url;
    two.known.application('demo');
    two.known.application('strict', { origins: ['https://pay.example'] });
    two.known.application('closed', { origins: [] });
    two.known.key('csk_canary7', 'demo', ['user:read']);
  });
  afterAll(() => two.close());

  describe('correlation and trace', () => {
    const begin = (headers: Record<string, string>) =>
      call(url, '/apps/demo/fido2/v2/mfa/begin', { method: 'POST', headers, body: { token: 'x' } });

    it('design: a correlation id that is a plain word is taken and echoed; it reaches what is written meanwhile', async () => {
      const { headers, body: found } = await begin({ 'x-correlation-id': 'order-17' });
      expect([headers['x-correlation-id'], found.own, found.correlation]).toEqual([
        'order-17',
        'order-17',
        'order-17',
      ]);
    });

    it.each(['a b', 'x'.repeat(65), '<script>', 'ünicode'])('design: %s is replaced', async (given) => {
      const { headers } = await begin({ 'x-correlation-id': Buffer.from(given).toString('latin1') });
      expect(headers['x-correlation-id']).toMatch(/^[\w-]{22}$/);
    });

    it('W3C Trace Context §3.2: the caller’s trace goes on, a malformed one does not', async () => {
      const { body: found } = await begin({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
      expect(found.trace).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
      const { body: fresh } = await begin({ traceparent: 'rubbish' });
      expect(fresh.trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    });
  });

  describe('pages of other origins', () => {
    const path = '/fido2/v2/mfa/begin';
    const preflight = (app: string, method: string, at = path, origin = 'https://pay.example') =>
      call(url, `/apps/${app}${at}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization',
        },
      });

    it('contracts 1.1: a listed origin may call the routes of users, without credentials', async () => {
      const { status, headers } = await preflight('strict', 'POST');
      expect([status, headers['access-control-allow-origin']]).toEqual([204, 'https://pay.example']);
      expect(headers['access-control-allow-headers']).toContain('authorization');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect((await preflight('demo', 'POST')).headers['access-control-allow-origin']).toBe('*');
    });

    it('another origin, an application without origins and an unknown one may not', async () => {
      for (const found of [
        await preflight('strict', 'POST', path, 'https://evil.example'),
        await preflight('closed', 'POST'),
        await preflight('nobody', 'POST'),
      ]) {
        expect(found.status).toBeGreaterThanOrEqual(400);
        expect(found.headers['access-control-allow-origin']).toBeUndefined();
      }
    });

    it('EXT-06: management routes never answer a page', async () => {
      const found = await preflight('demo', 'GET', '/v1/users/dana');
      expect([found.status, found.headers['access-control-allow-origin']]).toEqual([404, undefined]);
      const headers = { ...bearer('csk_canary7'), origin: 'https://pay.example' };
      const direct = await call(url, '/apps/demo/v1/users/dana', { headers });
      expect([direct.status, direct.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    });

    it('a page may read a 401 too, so that it can tell it from a network error', async () => {
      const { status, headers } = await call(url, '/apps/strict/v1/flows/current', {
        headers: { origin: 'https://pay.example' },
      });
      expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([
        401,
        'https://pay.example',
        'origin',
      ]);
    });
  });

  it('security headers stand on every answer, errors and unknown paths included', async () => {
    for (const path of ['/healthz', '/nowhere', '/v1/users/dana', '/v1/%']) {
      const { headers } = await call(url, path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  it('OTP-14: nothing secret reaches the log: keys, sessions, bodies, paths, what faults carry', async () => {
    const canary = 'canary9f3';
    await call(url, `/v1/users/${canary}?token=${canary}`, { headers: bearer('csk_canary7') });
    await call(url, '/apps/demo/v1/flows/current', {
      headers: { authorization: `session-${canary}-0123`, cookie: canary },
    });
    await call(url, '/v1/boom', { method: 'POST', body: { otp: canary } });
    await call(url, '/v1/boom', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"otp":"${canary}`,
    });
    const log = two.lines.join('');
    expect(log).toContain('request failed');
    expect(log).toContain('/v1/users/:username');
    expect(log).not.toContain(canary);
    expect(log).not.toContain('csk_canary7');
    expect(log).not.toContain(testKeys().serviceKeys['sso-data'].d);
  });

  it('API-09: a request whose head never ends is 408, and what is no HTTP 400', async () => {
    const send = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let answer = '';
        const socket = connect(two.service.port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (chunk) => (answer += chunk.toString())).on('close', () => resolve(answer));
      });
    expect(await send('rubbish\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*request\/invalid/);
    expect(await send('POST /v1/boom HTTP/1.1\r\nhost: x\r\nslow: ')).toMatch(
      /^HTTP\/1.1 408 [^]*request\/timeout/,
    );
  }, 10_000);

  it('API-06: metrics have labels of a bounded set only', async () => {
    for (let i = 0; i < 20; i++) await call(url, `/v1/users/user${i}`, { headers: bearer('csk_canary7') });
    for (let i = 0; i < 20; i++) await call(url, `/nowhere/${i}`);
    const { text } = await call(url, '/metrics');
    const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map((match) => match[1]));
    expect(routes).toContain('/v1/users/:username');
    expect(routes).toContain('none');
    for (const route of routes) expect(route).not.toMatch(/user1|nowhere/);
  });
});
