/**
 * `npm start`, `npm run start:kafka`: brings a fresh clone to a running Countersign, and ends what it started.
 * Before the installation only node: modules are used.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { demandNode, ensureInstalled } from './checkout.mjs';
import { programs, readSettings } from './installation.mjs';
import { kafkaObstacle } from './kafka-libs.mjs';
import { takeLock } from './lock.mjs';
import { isFree } from './ports.mjs';
import { endLeftOvers, Supervisor } from './supervisor.mjs';
import { HELP, welcome } from './welcome.mjs';

const say = (text) => process.stdout.write(`  ${text}\n`);

/**
 * Calls `stop` when the npm that started this is gone: it ends on SIGTERM without always handing the signal on. Whoever
 * calls this file without npm may leave it running alone.
 */
function whenOrphaned(stop) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined || parent === 1) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    void stop();
  }, 500);
  watch.unref();
}

async function demandFreePorts(ports) {
  for (const name of programs())
    if (!(await isFree(ports[name])))
      throw new Error(
        `port ${ports[name]} (${name}) is in use by another program.\n` +
          `End that, or choose other ports: COUNTERSIGN_PORT=5000 npm start`,
      );
}

async function main(settings) {
  const { places, ports } = settings;
  const began = performance.now();
  mkdirSync(places.data, { recursive: true });
  chmodSync(places.data, 0o711); // the database's own user passes through; the secrets below are closed
  const lock = takeLock(places.lock, { port: ports.gateway });
  const supervisor = new Supervisor(places.register);
  let ending;
  /** Ends everything, once; resolves when nothing of ours runs. */
  const end = () =>
    (ending ??= (async () => {
      rmSync(places.runFile, { force: true });
      await supervisor.stopAll();
      lock.release();
    })());
  const stop = async () => {
    if (!ending) process.stdout.write('\n  ending …\n');
    await end();
    process.exit(0);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  whenOrphaned(stop);

  try {
    const left = await endLeftOvers(places.register);
    rmSync(places.runFile, { force: true });
    if (left.length > 0) say(`ended what the last run left behind: ${left.join(', ')}`);
    else if (lock.crashed) say('the last run did not end properly; its data are used again');
    const obstacle = settings.kafka && kafkaObstacle();
    if (obstacle) throw new Error(`${obstacle}.\nWithout Kafka: npm start`);
    await demandFreePorts(ports);
    await ensureInstalled(say);
    await ensureBuilt(say);
    const { bringUp } = await import('./bring-up.mjs'); // needs the installation
    const run = await bringUp({ settings, supervisor, say, end });
    if (!ending) process.stdout.write(welcome(run, settings, (performance.now() - began) / 1000));
  } catch (error) {
    if (ending) return; // a signal came first; what failed is its doing
    await end();
    throw error;
  }
}

try {
  demandNode();
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) process.stdout.write(HELP);
  else await main(settings);
} catch (error) {
  process.stderr.write(`\n  ${error.message.replaceAll('\n', '\n  ')}\n\n`);
  process.exitCode = 1;
}
