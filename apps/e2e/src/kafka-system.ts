import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaOptions, provisionTopics } from '@countersign/messaging';
import {
  createTestDatabase,
  freePort,
  openSqlDoor,
  type SpawnedService,
  spawnService,
  type SqlDoor,
  testKeys,
  waitFor,
} from '@countersign/testing';
import { call } from './kafka-call.ts';

/** Services with a database, each a process of its own behind the gateway. */
export const SERVICE_NAMES = ['token-service', 'mfa-orchestrator', 'sso-data', 'oidc-broker'] as const;
export type SystemService = (typeof SERVICE_NAMES)[number];

/** The whole system on a real broker, every service its own operating-system process on a fresh database. */
export interface KafkaSystem {
  /** http://127.0.0.1:port of the gateway. */
  gateway: string;
  prefix: string;
  brokers: string[];
  platformKey: string;
  processes: Record<SystemService | 'gateway', SpawnedService>;
  sql: Record<SystemService, SqlDoor>;
  /** The name of a topic or group on the broker. */
  topic(name: string): string;
  /** Another process of a service, on the same database and in the same group. */
  another(service: SystemService, env?: Record<string, string>): Promise<SpawnedService>;
  /** Waits until nothing is left to publish and nothing to handle. */
  drained(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface KafkaSystemOptions {
  /** Stands in the names of databases. */
  label: string;
  brokers: string[];
  /** Stands before the names of topics and groups. */
  prefix: string;
  /** A superuser's URL where the file has a Postgres of its own. */
  databaseServer?: string;
  /** Variables of one service beside those that all have. */
  env?: Partial<Record<SystemService, Record<string, string>>>;
  /** Path that says when a service may be used; `/healthz` where a test does not wait for consumers. */
  ready?: string;
  /** False where the broker is away on purpose. */
  provision?: boolean;
}

/** Starts everything and waits until each service is ready. What was started is ended again if a part fails. */
export async function startKafkaSystem(options: KafkaSystemOptions): Promise<KafkaSystem> {
  const { brokers, prefix, label } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    // a step that fails keeps no other from running
    for (const step of closing.splice(0).reverse()) await step().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const kafka: KafkaOptions = { brokers, prefix };
    if (options.provision !== false) await provisionTopics(kafka);
    const directory = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
    closing.push(async () => rmSync(directory, { recursive: true, force: true }));
    const keyFile = join(directory, 'platform-key');
    const [gatewayPort, smtpPort, ...ports] = await Promise.all(Array.from({ length: 6 }, () => freePort()));
    const portOf = Object.fromEntries(SERVICE_NAMES.map((name, at) => [name, ports[at]!])) as Record<
      SystemService,
      number
    >;
    const shared = sharedEnvironment(gatewayPort!, portOf);
    const databases = {} as Record<SystemService, string>;
    const sql = {} as Record<SystemService, SqlDoor>;
    for (const name of SERVICE_NAMES) {
      const database = await createTestDatabase(`${label} ${name}`, options.databaseServer);
      closing.push(() => database.drop().catch(() => {}));
      databases[name] = database.url;
      sql[name] = openSqlDoor(database.url);
      closing.push(() => sql[name].close());
    }
    const spawn = async (name: SystemService, port?: number, env?: Record<string, string>) => {
      const own = serviceEnvironment(name, { databaseUrl: databases[name], kafka, keyFile });
      const phone = name === 'mfa-orchestrator' ? phoneVariables(gatewayPort!, smtpPort!) : {};
      const service = await spawnService({
        app: name,
        ...(port !== undefined && { port }),
        ready: options.ready ?? '/readyz',
        timeoutMs: 60_000,
        env: { ...shared, ...own, ...phone, ...options.env?.[name], ...env },
      });
      closing.push(() => end(service, `${label} ${name} ${service.port}`));
      return service;
    };
    const gatewayReady = spawnService({
      app: 'gateway',
      port: gatewayPort!,
      ready: '/healthz',
      timeoutMs: 60_000,
      env: { ...shared, PHONE_SMTP_PORT: String(smtpPort) },
    }).then((service) => (closing.push(() => end(service, `${label} gateway`)), service));
    const starting = [gatewayReady, ...SERVICE_NAMES.map((name) => spawn(name, portOf[name]))];
    const failed = (await Promise.allSettled(starting)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
    const [gateway, ...services] = (await Promise.all(starting)) as [SpawnedService, ...SpawnedService[]];
    const processes = {
      gateway,
      ...Object.fromEntries(SERVICE_NAMES.map((name, at) => [name, services[at]!])),
    } as KafkaSystem['processes'];
    return {
      ...{ gateway: gateway.url, prefix, brokers, processes, sql, close },
      platformKey: readFileSync(keyFile, 'utf8').trim(),
      topic: (name) => prefix + name,
      another: (name, env) => spawn(name, undefined, env),
      drained: (timeoutMs) => drained(sql, timeoutMs),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends a process; with E2E_LOGS set, what it wrote is left in that directory. */
async function end(service: SpawnedService, title: string): Promise<void> {
  await service.stop();
  const directory = process.env.E2E_LOGS;
  if (directory) writeFileSync(join(directory, `${title.replaceAll(' ', '-')}.log`), service.output());
}

function sharedEnvironment(gatewayPort: number, portOf: Record<SystemService, number>) {
  return {
    SECURITY_PROFILE: 'development',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    PUBLIC_URL: `http://localhost:${gatewayPort}`,
    TOKEN_SERVICE_URL: `http://127.0.0.1:${portOf['token-service']}`,
    MFA_ORCHESTRATOR_URL: `http://127.0.0.1:${portOf['mfa-orchestrator']}`,
    SSO_DATA_URL: `http://127.0.0.1:${portOf['sso-data']}`,
    OIDC_BROKER_URL: `http://127.0.0.1:${portOf['oidc-broker']}`,
  };
}

/** Messages go to the virtual phone on the gateway. */
const phoneVariables = (gatewayPort: number, smtpPort: number) => ({
  SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
  MAIL_FROM: 'Countersign <no-reply@countersign.example>',
  SMS_URL: `http://phone:phone@127.0.0.1:${gatewayPort}/phone/sms`,
  SMS_FROM: '+15005550006',
});

function serviceEnvironment(
  name: SystemService,
  { databaseUrl, kafka, keyFile }: { databaseUrl: string; kafka: KafkaOptions; keyFile: string },
): Record<string, string> {
  const { serviceKeys, servicesJwks, masterKeys } = testKeys();
  return {
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: kafka.brokers.join(','),
    ...(kafka.prefix && { TOPIC_PREFIX: kafka.prefix }),
    SERVICE_KEY: JSON.stringify(serviceKeys[name]),
    SERVICES_JWKS: JSON.stringify(servicesJwks),
    MASTER_KEY: Buffer.from(masterKeys[name]).toString('base64url'),
    ...(name === 'token-service' && { PLATFORM_KEY_FILE: keyFile }),
  };
}

async function drained(sql: Record<SystemService, SqlDoor>, timeoutMs = 30_000): Promise<void> {
  const open = `SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
    + (SELECT count(*) FROM inbox WHERE status = 'pending') AS n`;
  const left = async () => {
    const rows = await Promise.all(SERVICE_NAMES.map((name) => sql[name].query<{ n: string }>(open)));
    return rows.every(([row]) => row?.n === '0');
  };
  await waitFor(left, { timeoutMs, everyMs: 50, what: 'outboxes and inboxes to be empty' });
}

/** Whether the gateway says that everything is ready. */
export const isReady = async (gateway: string): Promise<boolean> =>
  (await call(gateway, 'GET', '/readyz')).status === 200;
