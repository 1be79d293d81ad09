/**
 * `npm run smoke`: the main job against whatever runs, through public doors only, step by step. Reads the run file of
 * COUNTERSIGN_DATA, of `npm start`, or of the containers. Exits 0 if every step holds, 1 otherwise.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { dataDirectory } from './installation.mjs';
import { mainJob, unmatched } from './smoke-job.mjs';
import { Steps } from './smoke-steps.mjs';

/** What the first run file says whose gateway answers; a crash may have left one behind. */
async function readRun() {
  const places = process.env.COUNTERSIGN_DATA
    ? [dataDirectory()]
    : [dataDirectory(), join(ROOT, 'deploy', 'run')];
  for (const file of places.map((place) => join(place, 'run.json')).filter(existsSync)) {
    const run = JSON.parse(readFileSync(file, 'utf8'));
    const answer = await fetch(`${run.gateway}/readyz`).catch(() => undefined);
    if (!answer) continue;
    if (!answer.ok) throw new Error(`${run.gateway} is not ready: ${await answer.text()}`);
    if (!run.demo) throw new Error('the smoke test needs the demo application (COUNTERSIGN_SEED is none)');
    return run;
  }
  throw new Error(`nothing runs: no run.json of a running system in ${places.join(' or ')}`);
}

try {
  const run = await readRun();
  const steps = new Steps();
  process.stdout.write(`${run.gateway}, bus: ${run.bus}\n\n`);
  await mainJob(run, steps, 'REST');
  if (run.kafka) await mainJob(run, steps, 'Kafka');
  await unmatched(run, steps);
  process.stdout.write(`\n${steps.summary()}\n`);
  process.exitCode = steps.failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
