import type { ServiceName } from '@countersign/contracts';
import { systemClock, uuidv7 } from '@countersign/kernel';
import { type IdentityOf, proofOf } from './service-proof.ts';
import { serviceSettings, type ServiceSettings } from './service-settings.ts';
import type { StandInServices } from './stand-in-services.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';
import { testKeys } from './test-keys.ts';

/** What came back. `body` is parsed JSON. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into answers of any shape
  body: any;
  headers: Headers;
}

/** What a harness asks of the service: `RunningService` of libs/service-kit, which this lib does not know. */
export interface ServiceUnderTest {
  url: string;
  database: Rows;
  close(): Promise<void>;
}

/** Rows of a service. */
export interface Rows {
  query<Row>(sql: string, params?: unknown[]): Promise<Row[]>;
}

/** Where events are put: the in-process bus. */
export interface TestBus {
  publish(records: { topic: string; key: string; value: Buffer }[]): Promise<void>;
}

/** What is told about the service. */
export interface HarnessParts<Config, Running, Bus, Around> {
  name: ServiceName;
  identityOf: IdentityOf;
  neighbours: Around;
  transport: Bus;
  /** Its settings, of those that every service has. */
  config: (common: ServiceSettings) => Config;
  createService: (config: Config, deps: { transport: Bus }) => Promise<Running>;
}

/** A service behind its doors, with a database of its own, the in-process bus and stand-ins for its neighbours. */
export class ServiceHarness<
  Config extends object,
  Running extends ServiceUnderTest,
  Bus extends TestBus,
  Around extends StandInServices,
> {
  readonly keys = testKeys();
  readonly neighbours: Around;
  readonly transport: Bus;
  service!: Running;
  private database!: TestDatabase;
  private url = '';

  constructor(private readonly parts: HarnessParts<Config, Running, Bus, Around>) {
    this.neighbours = parts.neighbours;
    this.transport = parts.transport;
  }

  /** `changed`: settings that differ from the usual ones. */
  async open(changed: Partial<Config> = {}): Promise<this> {
    this.database = await createTestDatabase(this.parts.name);
    this.url = await this.neighbours.open();
    this.service = await this.start(changed);
    return this;
  }

  /** Ends the service and starts it again with these settings, on the same database. Throws what the start throws. */
  async restart(changed: Partial<Config> = {}): Promise<void> {
    await this.service.close();
    this.service = await this.start(changed);
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
    at: { url: string } = this.service,
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

  /** A token by which `caller` proves itself to the service. */
  serviceToken(caller: ServiceName): Promise<string> {
    return proofOf(caller, this.parts.identityOf).issue(this.parts.name);
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

  /** Puts an event about users on the bus. */
  publish(key: string, event: object): Promise<void> {
    return this.transport.publish([{ topic: 'mfa.users', key, value: Buffer.from(JSON.stringify(event)) }]);
  }

  /** What was put on the bus of that type, in order. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into events of any shape
  events(type: string): Promise<any[]> {
    return outboxEvents(this.service.database, type);
  }

  /** How many inbox rows are in that state. */
  async inbox(status: 'done' | 'dead'): Promise<number> {
    const [row] = await this.service.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM inbox WHERE status = $1',
      [status],
    );
    return row?.n ?? 0;
  }

  /** One more of it, on the same database. */
  protected start(changed: Partial<Config>, transport: Bus = this.transport): Promise<Running> {
    const common = serviceSettings(this.parts.name, this.database.url, this.url);
    return this.parts.createService({ ...this.parts.config(common), ...changed }, { transport });
  }
}

/** Events of that type in a service's outbox, oldest first. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into events of any shape
export async function outboxEvents(database: Rows, type: string): Promise<any[]> {
  const rows = await database.query<{ body: Buffer }>('SELECT body FROM outbox ORDER BY seq');
  return rows
    .map(({ body }) => JSON.parse(body.toString('utf8')) as { type: string })
    .filter((event) => event.type === type);
}
