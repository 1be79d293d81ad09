/** From an installed, built checkout to a running system: secrets, database, bus, programs, demo, run file. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { projectNode, ROOT } from './checkout.mjs';
import { setupDatabases } from './databases.mjs';
import { programs, publicUrlOf, urlOf } from './installation.mjs';
import { portNear } from './ports.mjs';
import { startPostgres, removePostgres } from './postgres.mjs';
import { replaceWhole } from './private-files.mjs';
import { seedDemo } from './seed-demo.mjs';
import { programVariables, standaloneVariables } from './service-environment.mjs';
import { keptSecret, setupKeys } from './setup-keys.mjs';

const READY_WITHIN = 120_000;

/** Answers what the run file says. `end` ends everything; it is called when a part is lost. */
export async function bringUp({ settings, supervisor, say, end }) {
  const { places, ports } = settings;
  if (settings.reset) await reset(places, say);
  mkdirSync(places.logs, { recursive: true, mode: 0o700 });
  setupKeys(places.keys);
  const logOf = (name) => join(places.logs, `${name}.log`);
  let lost;
  let up = false;
  supervisor.onLost = (name, code, signal) => {
    lost = new Error(
      `${name} ended (${signal ?? `code ${code}`}). The last of ${logOf(name)}:\n${tail(logOf(name))}`,
    );
    if (up) giveUp(lost, end);
  };

  const postgres = await startPostgres({
    directory: places.postgres,
    port: await portNear(ports.postgres),
    password: keptSecret(join(places.keys, 'postgres-password')),
    log: freshLog(logOf('postgres')),
    supervisor,
  });
  await setupDatabases(postgres.url, places.keys);
  const broker = settings.kafka
    ? await startBroker({ settings, supervisor, say, log: freshLog(logOf('kafka')) })
    : undefined;

  ports.phoneSmtp = await portNear(ports.phoneSmtp);
  const installation = { ports, places, brokers: broker?.brokers };
  const started = startPrograms({ installation, supervisor, logOf, verbose: settings.verbose });
  const gateway = urlOf(ports, 'gateway');
  await ready(gateway, () => lost);
  const platformKey = readFileSync(places.platformKey, 'utf8').trim();
  const demo = settings.seed
    ? await seedDemo({
        ...{ gateway, platformKey, publicUrl: publicUrlOf(ports) },
        ...{ file: places.demo, rpFile: places.demoRp },
      })
    : undefined;
  if (lost) throw lost;
  up = true;
  supervisor.keepAlive = true;

  const run = {
    gateway,
    phone: `${gateway}/phone`,
    bus: broker ? 'kafka' : 'in-process',
    ...(broker && { kafka: { brokers: broker.brokers } }),
    database: postgres.url,
    services: Object.fromEntries(
      Object.entries(started)
        .filter(([name]) => name !== 'gateway')
        .map(([name, pid]) => [name, { url: urlOf(ports, name), pid }]),
    ),
    // pids of the rest, for fault runs
    others: {
      gateway: started.gateway,
      postgres: postgres.pid,
      ...(broker && { kafka: broker.pid }),
    },
    platformKey,
    ...(demo && { demo }),
  };
  const tell = () => replaceWhole(places.runFile, JSON.stringify(run, null, 2));
  tell();
  supervisor.onRestarted = (name, pid) => {
    say(`${name} had ended and was started again (pid ${pid})`);
    notePid(run, name, pid);
    tell();
  };
  return run;
}

/** The run file follows a process that was started again. */
function notePid({ services, others }, name, pid) {
  for (const [service, at] of Object.entries(services))
    if (service === name || name === 'standalone') at.pid = pid;
  for (const other of Object.keys(others))
    if (other === name || (other === 'gateway' && name === 'standalone')) others[other] = pid;
}

async function startBroker({ settings, supervisor, say, log }) {
  const { startKafka } = await import('./kafka.mjs');
  const { provision } = await import('./topics.mjs');
  const port = await portNear(settings.ports.kafka);
  const controllerPort = await portNear(settings.ports.kafkaController);
  say('starting Kafka');
  const broker = await startKafka({
    directory: settings.places.kafka,
    port,
    controllerPort,
    supervisor,
    log,
    say,
  });
  await provision(broker.brokers);
  return broker;
}

/** Starts every program, in one process or one each; answers the pid that serves each. */
function startPrograms({ installation, supervisor, logOf, verbose }) {
  const node = projectNode();
  const start = (name, env) =>
    supervisor.start(name, node, {
      args: ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', 'dist/main.js'],
      cwd: join(ROOT, 'apps', name),
      env: { ...env, ...(verbose && { LOG_LEVEL: 'debug' }) },
      log: freshLog(logOf(name)),
      tier: name === 'gateway' ? 0 : 1, // it lets nobody in whom the services would turn away
      graceMs: 5000,
    }).pid;
  const names = programs();
  if (installation.brokers)
    return Object.fromEntries(names.map((name) => [name, start(name, programVariables(name, installation))]));
  const pid = start('standalone', standaloneVariables(names, installation));
  return Object.fromEntries(names.map((name) => [name, pid]));
}

async function ready(gateway, lost) {
  const end = performance.now() + READY_WITHIN;
  for (;;) {
    if (lost()) throw lost();
    const answer = await fetch(`${gateway}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > end)
      throw new Error(`not ready within ${READY_WITHIN / 1000} s: ${await answer?.text()}`);
    await pause(40);
  }
}

async function giveUp(reason, end) {
  process.stderr.write(`\n  ${reason.message}\n  ending the rest …\n`);
  await end();
  process.exit(1);
}

function freshLog(file) {
  rmSync(file, { force: true });
  return file;
}

const tail = (file) => readFileSync(file, 'utf8').trim().split('\n').slice(-12).join('\n');

/** Forgets everything but the caches: database, bus, keys, logs. */
async function reset(places, say) {
  say('--reset: forgetting database, bus, keys and logs');
  await removePostgres(places.postgres);
  for (const path of [places.kafka, places.keys, places.logs]) rmSync(path, { recursive: true, force: true });
}
