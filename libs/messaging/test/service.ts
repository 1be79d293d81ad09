import { CrashPoints, systemClock } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { createTestDatabase } from '@countersign/testing';
import { jest } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { Registry } from 'prom-client';
import type { EventContext } from '../src/event-context.ts';
import type { Logger } from '../src/logger.ts';
import { Messaging, type MessagingOptions } from '../src/messaging.ts';
import { messagingMigrations } from '../src/migrations.ts';
import type { Transport } from '../src/transport.ts';

// a loaded machine is slow, not wrong
jest.setTimeout(30_000);

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export type Handler = (data: never, context: EventContext) => unknown;

export interface TestServiceOptions extends Partial<MessagingOptions> {
  transport: Transport;
  handlers?: Record<string, Handler>;
}

/** Where the effects of test handlers go: a row each, in their order. */
const EFFECTS = {
  name: 'effects',
  up: 'CREATE TABLE effects (place bigserial PRIMARY KEY, event_id text NOT NULL, note text)',
};

/** Opens a database with the tables of messaging and one for effects. */
export async function openDatabase(url: string): Promise<Database> {
  const options = {
    url,
    applicationName: 'test',
    entities: [],
    migrations: [...messagingMigrations, EFFECTS],
  };
  const database = await Database.open(options);
  await database.migrate();
  return database;
}

/** A database of its own, emptied by `clear` and dropped by `end`. */
export async function databaseForTests(label: string) {
  const { url, drop } = await createTestDatabase(label);
  const database = await openDatabase(url);
  return {
    url,
    database,
    clear: () => database.query('TRUNCATE outbox, inbox, effects RESTART IDENTITY'),
    end: async () => {
      await database.close();
      await drop();
    },
  };
}

/** A service as the kit would run it, its handlers without Nest around them. */
export async function startService(database: Database, options: TestServiceOptions): Promise<Messaging> {
  const { handlers = {}, service = 'test-service', ...rest } = options;
  const messaging = new Messaging({
    service,
    source: `/${service}`,
    database,
    clock: systemClock,
    logger: quiet,
    crashPoints: new CrashPoints(),
    metrics: new Registry(),
    backOffMs: [1, 1, 1, 1, 1],
    ...rest,
  });
  const strategy = messaging.strategy();
  strategy.ready();
  for (const [type, handler] of Object.entries(handlers)) {
    strategy.addHandler(
      type,
      (async (data: never, context: EventContext) => handler(data, context)) as MessageHandler,
      true,
    );
  }
  await new Promise<void>((resolve, reject) =>
    strategy.listen((error) => (error ? reject(error as Error) : resolve())),
  );
  await messaging.start();
  return messaging;
}

/** The handler most tests need: leaves its event's id among the effects. */
export const leaveEffect = async (_data: unknown, { tx, event }: EventContext): Promise<void> => {
  await tx.query('INSERT INTO effects (event_id, note) VALUES ($1, $2)', [event.id, event.subject ?? null]);
};

/** Ids of the events that had an effect, in order. */
export const effects = async (database: Database): Promise<string[]> =>
  (await database.query<{ event_id: string }>('SELECT event_id FROM effects ORDER BY place')).map(
    (row) => row.event_id,
  );

/** Rows of the inbox by status. */
export const inboxRows = (database: Database, status: string) =>
  database.query<{
    id: string;
    reason: string;
    body: Buffer | null;
    attempts: number;
    app_id: string | null;
  }>('SELECT id, reason, body, attempts, app_id FROM inbox WHERE status = $1 ORDER BY id', [status]);
