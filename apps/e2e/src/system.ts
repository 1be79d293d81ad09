import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@countersign/kernel';
import { InProcessTransport } from '@countersign/messaging';
import { createLogger, type RunningService } from '@countersign/service-kit';
import { createStandalone, type RunningStandalone } from '@countersign/standalone';
import { createTestDatabase, freePort, type TestDatabase, waitFor } from '@countersign/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- set-up lies outside the workspaces, and this is the seed of npm start
import { type Demo, seedDemo } from '../../../tools/seed-demo.mjs';
import { Bank, type BankOptions, openBank } from './bank.ts';
import { Bus } from './bus.ts';
import { type Answer, basic, hangUp, type Request, send } from './http.ts';
import { systemConfig } from './system-config.ts';

const SERVICES = ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const;
export type ServiceWithRows = (typeof SERVICES)[number];

export interface BootOptions {
  clock?: Clock;
  /** Whether the gateway's own port is the public one, so that links and keys can be followed. */
  reachable?: boolean;
  /** What everybody outside is told the gateway's address is; nobody need listen there. */
  publicUrl?: string;
}

/** Everything in one process: databases of its own, free ports, the in-process bus. One per spec file. */
export class System {
  /** Every log line of every service. */
  readonly logs: string[] = [];
  readonly transport = new InProcessTransport({ held: true });
  readonly bus = new Bus(this.transport);
  platformKey = '';
  private running!: RunningStandalone;
  private readonly databases: TestDatabase[] = [];
  private folder = '';

  /** Boots the system. `label` names the databases, so that a left-over says whose it is. */
  static async boot(label: string, options: BootOptions = {}): Promise<System> {
    for (let attempt = 1; ; attempt++) {
      const system = new System();
      try {
        await system.start(label, options);
        return system;
      } catch (error) {
        await system.close();
        // another process took a port between our look and our listening
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!taken || attempt === 5) throw error;
      }
    }
  }

  /** Where the page at /try looks for a demo application; nobody puts one there unless a spec does. */
  get demoKeyPath(): string {
    return join(this.folder, 'demo.json');
  }

  /** Where the page at /demo/rp looks for its clients. */
  get demoRpPath(): string {
    return join(this.folder, 'demo-rp.json');
  }

  /** The demo, as `npm start` seeds it. */
  async seedDemo(): Promise<Demo> {
    const { gateway, platformKey, demoKeyPath: file, demoRpPath: rpFile } = this;
    const publicUrl = gateway.replace('127.0.0.1', 'localhost');
    return seedDemo({ gateway, publicUrl, platformKey, file, rpFile });
  }

  get gateway(): string {
    return this.running.services.gateway.url;
  }

  service(name: ServiceWithRows): RunningService {
    return this.running.services[name];
  }

  /** An application with a key that has every scope, made through the public API. */
  bank(options: BankOptions = {}): Promise<Bank> {
    return openBank(this, options);
  }

  /** Calls as the platform, which owns the applications. */
  asPlatform(method: string, path: string, request: Request = {}): Promise<Answer> {
    return send(method, this.gateway, path, { authorization: basic(this.platformKey), ...request });
  }

  /** Rows of a service's database. For `*.int.spec.ts` only: journeys use the public doors. */
  rows<Row = Record<string, unknown>>(
    service: ServiceWithRows,
    sql: string,
    params: unknown[] = [],
  ): Promise<Row[]> {
    return this.service(service).database.query<Row>(sql, params);
  }

  /** Waits until every outbox is published and every inbox worked off: what has not happened then, does not happen. */
  async settled(): Promise<void> {
    const busy = `SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
      + (SELECT count(*) FROM inbox WHERE status = 'pending') AS n`;
    const idle = async () => {
      const left = await Promise.all(SERVICES.map((name) => this.rows<{ n: string }>(name, busy)));
      return left.every(([row]) => Number(row?.n) === 0);
    };
    // an event may cause another one between two looks
    await waitFor(async () => (await idle()) && (await idle()), { what: 'outboxes and inboxes to be empty' });
  }

  async close(): Promise<void> {
    await this.running?.close();
    hangUp();
    await Promise.all(this.databases.map((database) => database.drop()));
    if (this.folder !== '') await rm(this.folder, { recursive: true, force: true });
  }

  private async start(label: string, { reachable, publicUrl, ...deps }: BootOptions): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
    const platformKeyFile = join(this.folder, 'platform-key');
    this.databases.push(
      ...(await Promise.all(SERVICES.map((name) => createTestDatabase(`${label}_${name}`)))),
    );
    const [mfa, token, sso, oidc] = this.databases;
    const gatewayPort = await freePort();
    const places = {
      databases: {
        'mfa-orchestrator': mfa!.url,
        'token-service': token!.url,
        'sso-data': sso!.url,
        'oidc-broker': oidc!.url,
      },
      ports: {
        gateway: gatewayPort,
        'mfa-orchestrator': await freePort(),
        'token-service': await freePort(),
        'sso-data': await freePort(),
        'oidc-broker': await freePort(),
      },
      platformKeyFile,
      phoneSmtpPort: await freePort(),
      demoKeyPath: this.demoKeyPath,
      demoRpPath: this.demoRpPath,
      publicUrl: reachable ? `http://localhost:${gatewayPort}` : publicUrl,
    };
    const logger = createLogger('system', 'debug', { write: (line: string) => void this.logs.push(line) });
    this.running = await createStandalone(systemConfig(places), {
      ...deps,
      logger,
      transport: this.transport,
    });
    await this.bus.listen();
    this.platformKey = (await readFile(platformKeyFile, 'utf8')).trim();
  }
}
