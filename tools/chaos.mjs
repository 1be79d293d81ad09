/**
 * `npm run chaos`: a whole system on Kafka, load, and faults at random: kill -9 of every process, restarts of the
 * broker, processes frozen and woken again. Then a checker looks at everything: each accepted audit action has exactly
 * one decision, what is good once was taken once, what was ended stays so, no effect happened twice, no event was lost.
 * Prints what was done and found; exits 0 or 1.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureBuilt } from './build.mjs';
import { openBus } from './chaos-bus.mjs';
import { check } from './chaos-check.mjs';
import { breakThings, randomFrom } from './chaos-faults.mjs';
import { load } from './chaos-load.mjs';
import { prepareOidc } from './chaos-oidc-load.mjs';
import { makeRule, TTL_SECONDS } from './chaos-rule.mjs';
import { startSystem, targetsOf } from './chaos-system.mjs';
import { demandNode, ensureInstalled } from './checkout.mjs';

const HELP = `npm run chaos -- [--seconds 60] [--pause 15] [--calm 7] [--seed <number>] [--keep]
  --seconds  how long things break (starting and checking come on top, about a minute)
  --pause    how long a frozen process stays so; with 60 a full minute
  --calm     the longest time between two faults; more where the machine is slow, or nothing is ever up
  --seed     repeats the faults of an earlier run
  --keep     keeps data and logs
`;
/** Passwords are hashed at next to no cost: what waits for the processor is hit by no fault. */
const CHEAP_HASHES = { PASSWORD_HASH_KIB: '64' };
const say = (text) => process.stderr.write(`[chaos] ${text}\n`);

function readOptions(args) {
  const options = { seconds: 60, pause: 15, calm: 7, seed: randomInt(2 ** 31), keep: false };
  for (let at = 0; at < args.length; at++) {
    const name = args[at].replace(/^--/, '');
    if (name === 'help') return undefined;
    if (name === 'keep') options.keep = true;
    else if (['seconds', 'pause', 'calm', 'seed'].includes(name) && /^\d+$/.test(args[at + 1] ?? ''))
      options[name] = Number(args[++at]);
    else throw new Error(`unknown or incomplete option ${args[at]}\n${HELP}`);
  }
  return options;
}

/** Waits until every service is ready and nothing is left to publish, to handle or to run out. */
async function settle(system, withinSeconds) {
  const end = performance.now() + withinSeconds * 1000;
  for (;;) {
    const { gateway, services } = system.run();
    const ready = await fetch(`${gateway}/readyz`).catch(() => undefined);
    const backlogs = await Promise.all(Object.values(services).map(({ url }) => backlogOf(url)));
    if (ready?.ok && backlogs.every((backlog) => backlog === 0)) return;
    if (performance.now() > end)
      throw new Error(`not settled within ${withinSeconds} s: ${await ready?.text()}, backlogs ${backlogs}`);
    await pause(500);
  }
}

async function backlogOf(url) {
  const text = await fetch(`${url}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  const values = [...text.matchAll(/^countersign_(?:outbox|inbox)_backlog (\d+)/gm)].map(([, value]) =>
    Number(value),
  );
  return values.length === 2 ? values[0] + values[1] : NaN;
}

function table(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  return rows.map((row) => row.map((cell, at) => String(cell).padEnd(widths[at])).join('  ')).join('\n');
}

function oidcLine({ people, logins, families, ownTokens, clients }) {
  const count = (list, is) => list.filter(is).length;
  const tokens = families.reduce((total, family) => total + family.tokens.length, 0) + ownTokens.length;
  const ended = `${count(families, ({ ended }) => ended)} ended, ${count(families, ({ isDoubtful }) => isDoubtful)} doubtful`;
  return (
    `OIDC: people ${people.length}, logins ${logins.length} (${count(logins, (one) => one.isFinished)} finished), ` +
    `codes ${families.length} (${ended}), tokens ${tokens}, clients ${clients.length}`
  );
}

function report({ options, faults, books, findings, outcomes, left }) {
  const kinds = Map.groupBy(faults, ({ target, fault }) => `${target}  ${fault}`);
  const wrong = findings.flatMap((finding) => finding.wrong);
  const lines = [
    '',
    `seed ${options.seed}, ${options.seconds} s of faults: ${faults.length}`,
    table([['target  fault', 'times'], ...[...kinds].sort().map(([name, list]) => [name, list.length])]),
    '',
    `accepted audit actions ${books.accepted.size}, decisions handed to pages ${books.told.size}, logins ${books.logins.size}`,
    oidcLine(books.oidc),
    `outcomes: ${[...outcomes].map(([outcome, all]) => `${outcome} ${all.length}`).join(', ')}`,
    '',
    table([
      ['checked', 'looked at', 'wrong', ''],
      ...findings.map(({ claim, looked, wrong }) => [
        claim,
        looked,
        wrong.length,
        wrong.length === 0 ? 'ok' : 'FAIL',
      ]),
      ['nothing is left running', faults.length, left.length, left.length === 0 ? 'ok' : 'FAIL'],
    ]),
    ...wrong.slice(0, 30).map((text) => `  ${text}`),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return wrong.length + left.length === 0;
}

async function main(options) {
  await ensureInstalled(say);
  await ensureBuilt(say);
  const random = randomFrom(options.seed);
  const system = await startSystem(say, { env: CHEAP_HASHES });
  let ending;
  const end = () => (ending ??= system.end({ keep: options.keep }));
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => end().finally(() => process.exit(130)));
  let bus;
  try {
    const first = system.run();
    await makeRule(first);
    const signIn = await prepareOidc(first, randomFrom(options.seed + 3));
    bus = openBus(first.kafka.brokers, first.demo.appId, randomFrom(options.seed + 1));
    say(
      `seed ${options.seed}; breaking ${Object.keys(targetsOf(first)).join(', ')} for ${options.seconds} s`,
    );
    const until = performance.now() + options.seconds * 1000;
    const running = () => performance.now() < until;
    const [faults, actions, oidc] = await Promise.all([
      breakThings(system, {
        ...{ until, random, say, pauseSeconds: options.pause, calmSeconds: options.calm },
      }),
      load(first, bus, { running, random: randomFrom(options.seed + 2) }),
      signIn(running),
    ]);
    const books = { ...actions, oidc };
    say('no more faults; waiting until everything has come to its end');
    await pause((TTL_SECONDS + 1) * 1000); // what nobody answers runs out
    await settle(system, 120);
    const { findings, outcomes } = await check({ run: system.run(), bus, books });
    await bus.close();
    return report({ options, faults, books, findings, outcomes, left: await end() });
  } finally {
    await bus?.close();
    await end();
  }
}

try {
  demandNode();
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = (await main(options)) ? 0 : 1;
  else process.stdout.write(HELP);
} catch (error) {
  say(error.stack);
  process.exit(1); // whoever puts load on it would go on asking a system that has ended
}
