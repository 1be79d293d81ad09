import { systemClock, uuidv7 } from '@countersign/kernel';
import { InProcessTransport, type Transport } from '@countersign/messaging';
import { ServiceIdentity } from '@countersign/security';
import type { RunningService } from '@countersign/service-kit';
import { createTestDatabase, type TestDatabase, testKeys } from '@countersign/testing';
import type { ServiceName } from '@countersign/contracts';
import { createService, type OidcBrokerConfig } from '../src/create-service.ts';
import { Neighbours } from './neighbours.ts';

/** What came back. `body` is parsed JSON. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into answers of any shape
  body: any;
  headers: Headers;
}

/** oidc-broker behind its doors, with a database of its own, the in-process bus and stand-ins for its neighbours. */
export class OidcBroker {
  readonly keys = testKeys();
  readonly neighbours = new Neighbours(this.keys);
  readonly transport = new InProcessTransport();
  service!: RunningService;
  private database!: TestDatabase;
  private url = '';

  /** `changed`: settings that differ from the usual ones. */
  async open(changed: Partial<OidcBrokerConfig> = {}): Promise<this> {
    this.database = await createTestDatabase('oidc-broker');
    this.url = await this.neighbours.open();
    this.service = await this.start(changed);
    return this;
  }

  /** Ends the service and starts it again with these settings, on the same database. Throws what the start throws. */
  async restart(changed: Partial<OidcBrokerConfig> = {}): Promise<void> {
    await this.service.close();
    this.service = await this.start(changed);
  }

  /** The origin of issuers and pages: what a request's Host names to reach them (`send` in relying-party.ts). */
  get issuerOrigin(): string {
    return new URL(this.service.platform.config.publicUrl).origin;
  }

  /** Where its rows lie. */
  get databaseUrl(): string {
    return this.database.url;
  }

  async close(): Promise<void> {
    await this.service?.close();
    await this.neighbours.close();
    await this.database?.drop();
  }

  /**
   * A request with an Authorization header (`Bearer …`, `Basic …`, or none), of the first instance or `at` another.
   * `path` as it goes over the wire.
   */
  async request(
    method: string,
    path: string,
    authorization?: string,
    body?: unknown,
    at = this.service,
  ): Promise<Answer> {
    const response = await fetch(at.url + path, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** A token by which `caller` proves itself to oidc-broker. */
  serviceToken(caller: ServiceName): Promise<string> {
    const options = {
      name: caller,
      privateJwk: this.keys.serviceKeys[caller],
      servicesJwks: this.keys.servicesJwks,
    };
    const identity = new ServiceIdentity({ ...options, clock: systemClock } as ConstructorParameters<
      typeof ServiceIdentity
    >[0]);
    return identity.issue('oidc-broker');
  }

  /** Puts `mfa.user.deleted.v1` on the bus, as mfa-orchestrator would. Answers the event, to send it again. */
  async userDeleted(appId: string, userId: string, changed: object = {}): Promise<object> {
    const event = {
      specversion: '1.0',
      id: uuidv7(),
      source: '/mfa-orchestrator',
      type: 'mfa.user.deleted.v1',
      subject: userId,
      time: systemClock.now().toISOString(),
      appid: appId,
      data: { userId },
      ...changed,
    };
    await this.publish(userId, event);
    return event;
  }

  publish(key: string, event: object): Promise<void> {
    return this.transport.publish([{ topic: 'mfa.users', key, value: Buffer.from(JSON.stringify(event)) }]);
  }

  /** What was put on the bus of that type, in order. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into events of any shape
  async events(type: string): Promise<any[]> {
    const rows = await this.service.database.query<{ body: Buffer }>('SELECT body FROM outbox ORDER BY seq');
    return rows
      .map(({ body }) => JSON.parse(body.toString('utf8')) as { type: string })
      .filter((event) => event.type === type);
  }

  /** How many inbox rows are in that state. */
  async inbox(status: 'done' | 'dead'): Promise<number> {
    const [row] = await this.service.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM inbox WHERE status = $1',
      [status],
    );
    return row?.n ?? 0;
  }

  private start(
    changed: Partial<OidcBrokerConfig>,
    transport: Transport = this.transport,
  ): Promise<RunningService> {
    return createService({ ...this.config(this.url), ...changed }, { transport });
  }

  private config(neighbours: string): OidcBrokerConfig {
    return {
      host: '127.0.0.1',
      port: 0,
      securityProfile: 'development',
      logLevel: 'silent',
      publicUrl: 'http://localhost:4000',
      appHostSuffixes: ['localhost'],
      trustedProxies: [],
      serviceUrls: {
        'token-service': neighbours,
        'mfa-orchestrator': neighbours,
        'sso-data': neighbours,
        'oidc-broker': neighbours,
      },
      databaseUrl: this.database.url,
      databasePool: 8,
      bus: { kind: 'in-process', brokers: [], ssl: false },
      serviceKey: { ...this.keys.serviceKeys['oidc-broker'] },
      servicesJwks: { keys: this.keys.servicesJwks.keys.map((key) => ({ ...key })) },
      masterKey: this.keys.masterKeys['oidc-broker'],
      oidcOrigins: [],
      passwordHashKib: 47_104,
    };
  }
}
