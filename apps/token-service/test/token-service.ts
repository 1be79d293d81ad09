import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request as httpRequest } from 'node:http';
import type { ServiceName } from '@countersign/contracts';
import { InProcessTransport } from '@countersign/messaging';
import { createLogger, type RunningService, type ServiceDeps } from '@countersign/service-kit';
import { createTestDatabase, outboxEvents, proofOf, serviceSettings } from '@countersign/testing';
import { createService, type TokenServiceConfig } from '../src/create-service.ts';
import { identityOf, type OrchestratorStandIn, startOrchestratorStandIn } from './orchestrator-stand-in.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at whatever came
  body: any;
}

export interface CallOptions {
  key?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

/** token-service on a database of its own, with a neighbour, and doors for tests. */
export interface TestBed {
  service: RunningService;
  config: TokenServiceConfig;
  orchestrator: OrchestratorStandIn;
  transport: InProcessTransport;
  platformKey: string;
  platformKeyFile: string;
  /** Calls a route, by default with no credential. `key` goes into `Authorization: Bearer`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Calls an internal route as another service. */
  as(caller: ServiceName, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Makes an application. */
  application(appId: string, settings?: object): Promise<void>;
  /** Makes a key of that application, as the platform. */
  apiKey(appId: string, scopes: string[], constraints?: object): Promise<{ key: string; keyId: string }>;
  /** Rows of this database. */
  rows<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]>;
  /** Events of a type in the outbox, oldest first. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at whatever was said
  events(type: string): Promise<any[]>;
  /** Stops the service and starts it again on the same database. */
  restart(change?: Partial<TokenServiceConfig>): Promise<void>;
  close(): Promise<void>;
}

/** Starts all of it; `change` overrides settings. */
export async function startTokenService(
  label: string,
  change: Partial<TokenServiceConfig> = {},
  deps: Partial<ServiceDeps> = {},
): Promise<TestBed> {
  const database = await createTestDatabase(label);
  const folder = await mkdtemp(join(tmpdir(), 'token-service-'));
  const orchestrator = await startOrchestratorStandIn();
  const common = serviceSettings('token-service', database.url, 'http://127.0.0.1:1');
  const config: TokenServiceConfig = {
    ...common,
    publicUrl: 'https://mfa.example',
    trustedProxies: ['127.0.0.1/32', '::1/128'],
    serviceUrls: { ...common.serviceUrls, 'mfa-orchestrator': orchestrator.url },
    platformKeyFile: join(folder, 'platform-key'),
    ...change,
  };
  const start = async (with_: TokenServiceConfig, transport: InProcessTransport) =>
    createService(with_, { transport, logger: createLogger('token-service', 'silent'), ...deps });
  const bed = {} as TestBed;
  const adopt = async (with_: TokenServiceConfig) => {
    bed.transport = new InProcessTransport();
    bed.service = await start(with_, bed.transport);
    bed.config = with_;
  };
  const cleanUp = async () => {
    await orchestrator.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await adopt(config);
  } catch (error) {
    await cleanUp();
    throw error;
  }

  bed.orchestrator = orchestrator;
  bed.platformKeyFile = config.platformKeyFile!;
  bed.platformKey = (await readFile(bed.platformKeyFile, 'utf8')).trim();
  bed.call = (method, path, options = {}) => send(bed.service.url, method, path, options);
  bed.as = async (caller, method, path, body) => {
    return bed.call(method, path, { key: await proofOf(caller, identityOf).issue('token-service'), body });
  };
  bed.application = async (appId, settings) => {
    const body = { appId, name: appId, ...(settings && { settings }) };
    const { status } = await bed.call('POST', '/v1/applications', { key: bed.platformKey, body });
    if (status !== 201) throw new Error(`the application was not made: ${status}`);
  };
  bed.apiKey = async (appId, scopes, constraints) => {
    const body = { appId, scopes, ...(constraints && { constraints }) };
    const made = await bed.call('POST', '/v1/api-keys', { key: bed.platformKey, body });
    if (made.status !== 201) throw new Error(`the key was not made: ${made.status}`);
    return made.body as { key: string; keyId: string };
  };
  bed.rows = (sql, params) => bed.service.database.query(sql, params);
  bed.events = (type) => outboxEvents(bed.service.database, type);
  bed.restart = async (other = {}) => {
    await bed.service.close();
    await adopt({ ...bed.config, ...other });
  };
  bed.close = async () => {
    await bed.service.close();
    await cleanUp();
  };
  return bed;
}

/** Not fetch: tests set the Host header, which fetch does not let them. */
function send(
  url: string,
  method: string,
  path: string,
  { key, body, headers }: CallOptions,
): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      new URL(path, url),
      {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(text !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (answer += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json') ?? false;
          const parsed: unknown = isJson && answer !== '' ? JSON.parse(answer) : answer;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}
