import { SERVICES } from '@countersign/contracts';
import type { Bank } from '../../src/bank.ts';
import { serviceToken } from '../../src/credentials.ts';
import { bearer, send } from '../../src/http.ts';
import { isInternal, pathOf } from '../../src/route-paths.ts';
import { System } from '../../src/system.ts';

const services = ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const;

/** Every way to write `/internal/x` that some server somewhere has taken for it. */
const spellings = (path: string, appId: string): string[] => {
  const rest = path.slice('/internal'.length);
  return [
    ...[
      path,
      `/%69nternal${rest}`,
      `/%49nternal${rest}`,
      `/INTERNAL${rest}`,
      `/Internal${rest}`,
      `//internal${rest}`,
    ],
    ...[
      `///internal${rest}`,
      `/internal/${rest}`,
      `/internal;x${rest}`,
      `/internal;${rest}`,
      `/internal%2f${rest.slice(1)}`,
    ],
    ...[
      `/%2finternal${rest}`,
      `/%252finternal${rest}`,
      `/./internal${rest}`,
      `/%2e/internal${rest}`,
      `/x/../internal${rest}`,
    ],
    ...[
      `/v1/../internal${rest}`,
      `/v1/challenges/../../internal${rest}`,
      `/v1/challenges/%2e%2e/%2e%2e/internal${rest}`,
    ],
    ...[
      `/v1/challenges/..%2f..%2finternal${rest}`,
      `/v1/challenges/..;/..;/internal${rest}`,
      `/v1/policies\\..\\..\\internal${rest}`,
    ],
    ...[
      `/fido2/v2/../../internal${rest}`,
      `/fido2/v2//../..//internal${rest}`,
      `/fido2/v2/%2e%2e/%2e%2e/internal${rest}`,
    ],
    ...[
      `/apps/${appId}${path}`,
      `/apps/${appId}/${path}`,
      `/apps/${appId}/../..${path}`,
      `/apps/${appId}/%69nternal${rest}`,
    ],
    ...[
      `/apps/${appId}/apps/${appId}${path}`,
      `/apps/../internal${rest}`,
      `/apps//internal${rest}`,
      `/apps/internal${rest}`,
    ],
    ...[`/apps/${appId}/v1/challenges/../../internal${rest}`, `/v1/challenges?${path}`],
    ...[
      `/docs/..${path}`,
      `/openapi/..${path}`,
      `/openapi/token-service.json/../..${path}`,
      `${path}/`,
      `${path}%00`,
      `${path}.json`,
    ],
    ...[`http://127.0.0.1${path}`, `/http://127.0.0.1${path}`, `/v1/ops/token-service/../../..${path}`],
  ];
};
const HEADERS = (path: string) => ({
  'x-original-url': path,
  'x-rewrite-url': path,
  'x-forwarded-prefix': '/internal',
  'x-http-method-override': 'GET',
});

describe('design: the gateway leads nobody to /internal, in any spelling', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('internal_spellings');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  it('OP-19: no spelling of an internal path reaches an internal route, with a service token of the right caller', async () => {
    let probes = 0;
    const entered: string[] = [];
    for (const name of services) {
      const { routes } = system.service(name);
      for (const route of routes.filter(isInternal)) {
        if (route.access.kind !== 'service') throw new Error(`${route.url} is internal and not for services`);
        const authorization = bearer(await serviceToken(route.access.callers[0]!, name));
        const path = pathOf(route);
        for (const spelled of spellings(path, bank.appId)) {
          const headers = { ...HEADERS(path), 'x-correlation-id': `probe-${probes++}` };
          const request = { authorization, headers, ...(route.method === 'POST' && { body: {} }) };
          const { status } = await send(route.method, system.gateway, spelled, request);
          // 400, 404, or where a public route takes the path: the 401 of that route for what is no API key
          if (![400, 401, 404].includes(status)) entered.push(`${status} ${route.method} ${spelled}`);
        }
      }
    }
    expect(probes).toBeGreaterThan(400);
    expect(entered).toEqual([]);
    // what the services themselves saw; a public route that a spelling led to asks whose the key is, which is none (404)
    const lines = system.logs.map(
      (line) => JSON.parse(line) as { reqId?: string; route?: string; status?: number },
    );
    const isQuestion = ({ route, status }: (typeof lines)[number]) =>
      route === '/internal/api-keys/verify' && status === 404;
    const seen = lines.filter(
      (line) => line.reqId?.startsWith('probe-') && line.route?.startsWith('/internal') && !isQuestion(line),
    );
    expect(seen).toEqual([]);
  });

  it('OP-19: a service by itself knows its internal routes by route, not by text: without a token no spelling enters', async () => {
    const entered: string[] = [];
    for (const name of services) {
      const { routes, url } = system.service(name);
      for (const route of routes.filter(isInternal))
        for (const spelled of spellings(pathOf(route), bank.appId)) {
          const { status } = await send(
            route.method,
            url,
            spelled,
            route.method === 'POST' ? { body: {} } : {},
          );
          if (![400, 401, 404].includes(status)) entered.push(`${name} ${status} ${spelled}`);
        }
    }
    expect(entered).toEqual([]);
  });

  it('each internal route lists its callers, and never all of the world', () => {
    for (const name of services)
      for (const route of system.service(name).routes.filter(isInternal)) {
        expect(route.access.kind).toBe('service');
        if (route.access.kind === 'service')
          for (const caller of route.access.callers) expect(SERVICES).toContain(caller);
      }
  });
});
