import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@countersign/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- the programs that start servers also run before anything is installed, so they lie outside the workspaces
import { startKafka } from '../../../tools/kafka.mjs';
// eslint-disable-next-line @nx/enforce-module-boundaries -- outside the workspaces for the same reason
import { startPostgres } from '../../../tools/postgres.mjs';
// eslint-disable-next-line @nx/enforce-module-boundaries -- outside the workspaces for the same reason
import { type Supervised, Supervisor } from '../../../tools/supervisor.mjs';

/** A server of a test file's own, because the test takes it away from under the system. */
export interface OwnServer {
  /** Where it is: a broker's address or a superuser's URL; the same over restarts. */
  at: string;
  /** Resolves once it has ended; its data stay. */
  stop(): Promise<void>;
  /** Runs it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  close(): Promise<void>;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** A Kafka broker that may be stopped. */
export async function ownBroker(): Promise<OwnServer> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  return own(async (directory, supervisor) => {
    const place = { directory: join(directory, 'kafka'), log: join(directory, 'kafka.log') };
    const server = await startKafka({ ...place, port, controllerPort, supervisor, say });
    return { server, at: server.brokers[0]! };
  });
}

/** A Postgres server that may be stopped. */
export async function ownPostgres(): Promise<OwnServer> {
  const port = await freePort();
  return own(async (directory, supervisor) => {
    const place = { directory: join(directory, 'postgres'), log: join(directory, 'postgres.log') };
    const server = await startPostgres({ ...place, port, password: 'postgres', supervisor });
    return { server, at: server.url };
  });
}

async function own(
  run: (directory: string, supervisor: Supervisor) => Promise<{ server: Supervised; at: string }>,
): Promise<OwnServer> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  chmodSync(directory, 0o711); // Postgres is another user when we are root
  const supervisor = new Supervisor();
  let { server, at } = await run(directory, supervisor);
  return {
    at,
    stop: () => server.stop(),
    start: async () => {
      ({ server, at } = await run(directory, supervisor));
    },
    close: async () => {
      await supervisor.stopAll();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
