/**
 * `npm test`: installs and builds where needed, boots one Postgres and (with Java 17 and Maven) one Kafka broker for
 * the whole run, and runs every tier. `npm test -- <path or jest option>` narrows it. Ends everything it started.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { demandNode, ensureInstalled, programEnvironment, projectNode, ROOT } from './checkout.mjs';
import { freePorts } from './ports.mjs';
import { kafkaObstacle } from './kafka-libs.mjs';
import { Supervisor } from './supervisor.mjs';
import { summary } from './test-summary.mjs';

const say = (text) => process.stderr.write(`[test] ${text}\n`);
const directory = mkdtempSync(join(tmpdir(), 'countersign-test-'));
chmodSync(directory, 0o711); // Postgres is another user when we are root
const supervisor = new Supervisor(join(directory, 'processes.json'));
const logOf = (name) => readFileSync(join(directory, `${name}.log`), 'utf8').slice(-3000);

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => end(130));
let ending = false;

async function end(code) {
  if (ending) return;
  ending = true;
  await supervisor.stopAll();
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
}

/** Starts what the suites need and answers the variables that say where it is. */
async function boot() {
  const [postgresPort, kafkaPort, controllerPort] = await freePorts(3);
  const shared = { supervisor, say };
  const found = {};
  if (process.env.TEST_DATABASE_URL) say('using the Postgres of TEST_DATABASE_URL');
  else {
    const { startPostgres } = await import('./postgres.mjs');
    const place = { directory: join(directory, 'postgres'), log: join(directory, 'postgres.log') };
    const options = { ...place, port: postgresPort, password: 'postgres', durable: false };
    found.TEST_DATABASE_URL = (await startPostgres({ ...shared, ...options })).url;
  }
  if (process.env.TEST_KAFKA_BROKERS) say('using the broker of TEST_KAFKA_BROKERS');
  else {
    const obstacle = kafkaObstacle();
    if (obstacle && process.env.REQUIRE_KAFKA === '1') throw new Error(`REQUIRE_KAFKA=1, but: ${obstacle}`);
    if (obstacle) found.skipped = `SKIPPED: every suite on a real Kafka broker. ${obstacle}.`;
    else {
      const { startKafka } = await import('./kafka.mjs');
      const place = { directory: join(directory, 'kafka'), log: join(directory, 'kafka.log') };
      const broker = await startKafka({ ...shared, ...place, port: kafkaPort, controllerPort });
      found.TEST_KAFKA_BROKERS = broker.brokers.join(',');
    }
  }
  return found;
}

/** Runs Jest; resolves with its exit code and the file of its results. */
async function runJest(variables) {
  const result = join(directory, 'result.json');
  const flags = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=TimeoutNegativeWarning',
  ];
  const options = ['--json', `--outputFile=${result}`, ...process.argv.slice(2)];
  const jest = supervisor.start('jest', projectNode(), {
    args: [...flags, 'node_modules/jest/bin/jest.js', ...options],
    cwd: ROOT,
    env: programEnvironment({ TEST_SPAWN_FROM: 'dist', ...variables }),
    stdio: ['ignore', 'ignore', 'inherit'], // jest reports on stderr; stdout would repeat the result file
    group: true, // workers, and services that specs have started
    graceMs: 2000,
  });
  supervisor.onLost = (name) =>
    name !== 'jest' && say(`${name} ENDED during the tests, it wrote last:\n${logOf(name)}`);
  const { code } = await jest.exited;
  return { code, result };
}

try {
  demandNode();
  await ensureInstalled(say);
  await ensureBuilt(say);
  const { skipped, ...variables } = await boot();
  if (skipped) say(skipped);
  const { code, result } = await runJest(variables);
  if (ending) await new Promise(() => {}); // interrupted: the end is under way
  if (skipped) say(skipped);
  const { lines, failed } = summary(result);
  process.stdout.write(`${lines.join('\n')}\n`);
  await end(code === 0 && failed === 0 ? 0 : 1);
} catch (error) {
  say(error.message);
  await end(1);
}
