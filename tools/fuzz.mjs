/**
 * `npm run fuzz`: tries every operation of every service's OpenAPI with what schemathesis makes up: no answer may be
 * 5xx, and none may be outside of what the document says. Brings a system up and takes it down; exits 0 or 1.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { startSystem } from './chaos-system.mjs';
import { demandNode, ensureInstalled } from './checkout.mjs';
import { schemathesis } from './fuzz/schemathesis.mjs';
import { commandLine, passes } from './fuzz/passes.mjs';

const HELP = `npm run fuzz -- [--seconds 180] [--seed 1] [--only <service>] [--keep]
  --seconds  how long all of it takes (starting comes on top, about half a minute)
  --seed     other numbers try other things
  --only     one service
  --keep     keeps data and logs
Needs Python 3.10 and PyPI; without them it is skipped, or fails where REQUIRE_FUZZ=1.
`;
const say = (text) => process.stderr.write(`[fuzz] ${text}\n`);
const HOOKS = fileURLToPath(new URL('fuzz/', import.meta.url));

function readOptions(args) {
  const options = { seconds: 180, seed: 1, only: undefined, keep: false };
  for (let at = 0; at < args.length; at++) {
    const name = args[at].replace(/^--/, '');
    if (name === 'help') return undefined;
    if (name === 'keep') options.keep = true;
    else if (name === 'only' && args[at + 1]) options.only = args[++at];
    else if (['seconds', 'seed'].includes(name) && /^\d+$/.test(args[at + 1] ?? ''))
      options[name] = Number(args[++at]);
    else throw new Error(`unknown or incomplete option ${args[at]}\n${HELP}`);
  }
  return options;
}

/** Runs one pass; answers whether nothing was found. */
async function runPass(pass, { command, desk, seconds, seed, run, data }) {
  const tally = join(data, `fuzz-${pass.service}-as-${pass.as}.json`);
  const document = `${run.services[pass.service].url}/openapi.json`;
  const child = spawn(command, commandLine(pass, { document, seconds, seed }), {
    cwd: HOOKS,
    env: {
      ...process.env,
      ...{ FUZZ_DESK: desk.url, FUZZ_AS: pass.as, FUZZ_TALLY: tally },
      ...{ SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: HOOKS, PYTHONDONTWRITEBYTECODE: '1' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) process.stderr.write(`${said.trim()}\n`);
  const answers = Object.entries(code === 0 ? JSON.parse(readFileSync(tally, 'utf8')) : {});
  const count = (those) =>
    answers.filter(([label]) => those.test(label)).reduce((sum, [, times]) => sum + times, 0);
  const operations = new Set(answers.map(([label]) => label.replace(/ \d+$/, ''))).size;
  const numbers = `${operations} operations, ${count(/./)} requests, ${count(/ 2\d\d$/)} of them accepted`;
  say(`${pass.service} as ${pass.as}: ${code === 0 ? `${numbers}, nothing found` : 'FAILED, see above'}`);
  return code === 0;
}

async function fuzz(options, command) {
  await ensureInstalled(say);
  await ensureBuilt(say);
  const system = await startSystem(say, { kafka: false });
  let desk;
  try {
    const { openDesk } = await import('./fuzz/desk.mjs');
    const run = system.run();
    desk = await openDesk(run, join(system.data, 'keys'));
    const chosen = passes(run, desk.appId).filter(({ service }) => service === (options.only ?? service));
    const shares = chosen.reduce((sum, { share }) => sum + share, 0);
    let failed = 0;
    for (const pass of chosen) {
      const seconds = Math.max(1, Math.round((options.seconds * pass.share) / shares));
      const how = { ...options, command, desk, seconds, run: system.run(), data: system.data };
      if (!(await runPass(pass, how))) failed++;
    }
    return failed;
  } finally {
    await desk?.close();
    await system.end({ keep: options.keep });
  }
}

try {
  demandNode();
  const options = readOptions(process.argv.slice(2));
  const command = options && (await schemathesis(say));
  if (!options) process.stdout.write(HELP);
  else if (command && (await fuzz(options, command)) > 0) process.exitCode = 1;
} catch (error) {
  say(error.stack ?? error.message);
  process.exitCode = 1;
}
