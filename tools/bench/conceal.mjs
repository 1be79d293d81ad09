/** With `conceal`: whether an answer's time tells an unknown user, a known one and a locked one apart. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { inTurn, makeBank, makeUsers } from './bank.mjs';
import { mannWhitney, median } from './figures.mjs';

/** Of each kind; everybody is asked about once, since whoever asks twice is slowed down. */
const USERS = 120;
/** Wrong codes that lock a factor, and how many of them one flow takes. */
const LOCKS_AFTER = 10;
const FLOW_TAKES = 5;
/** A code is shown when it has been read; at once, the time would be that of the sending that goes on beside it. */
const READING_MS = 100;
const FLOW = '/fido2/v2/mfa';
const KINDS = ['wrong', 'unknown', 'locked'];
const STEPS = ['begin', 'request', 'verify'];

/** Prints a table of its own: medians side by side, no limit. */
export async function benchConceal(run, { say }) {
  const bank = await makeBank(run, { accountExistence: 'conceal' });
  const locked = await makeUsers(bank, USERS, 'user');
  await inTurn(locked, (user) => lock(bank, user));
  const wrong = await makeUsers(bank, USERS, 'user');
  const named = {
    wrong: wrong.map(({ username }) => username),
    locked: locked.map(({ username }) => username),
    unknown: Array.from({ length: USERS }, (_, at) => `user-${at}-${randomUUID().slice(0, 8)}`),
  };
  for (const { username } of await makeUsers(bank, 40, 'warm')) await attempt(bank, username);
  const order = KINDS.flatMap((kind) => named[kind].map((username) => ({ kind, username })));
  const taken = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  const answers = Object.fromEntries(KINDS.map((kind) => [kind, new Set()]));
  for (const { kind, username } of shuffled(order)) {
    const { times, said } = await attempt(bank, username);
    taken[kind].push(times);
    answers[kind].add(said);
  }
  bank.close();
  const alike = KINDS.every((kind) => [...answers[kind]].join() === [...answers.wrong].join());
  say(
    `\nconceal, ${USERS} users of each kind, medians in ms; answers ${alike ? 'are the same' : 'DIFFER'}: ${[...answers.wrong].join(' | ')}\n`,
  );
  say('| step | wrong code | unknown user | Δ | p | locked user | Δ | p |');
  say('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const step of STEPS) {
    const of = (kind) => taken[kind].map((times) => times[step]);
    const against = (kind) => {
      const delta = median(of(kind)) - median(of('wrong'));
      return `${median(of(kind)).toFixed(2)} | ${delta.toFixed(2)} | ${mannWhitney(of(kind), of('wrong')).toFixed(3)}`;
    };
    say(`| ${step} | ${median(of('wrong')).toFixed(2)} | ${against('unknown')} | ${against('locked')} |`);
  }
  return [];
}

/** Begins, has a code sent, shows a wrong one; answers the milliseconds of each and what was said. */
async function attempt(bank, username) {
  const times = {};
  const timed = async (step, work) => {
    const began = performance.now();
    const answer = await work();
    times[step] = performance.now() - began;
    return answer;
  };
  const post = (path, authorization, body) => bank.call('POST', `${FLOW}/${path}`, { authorization, body });
  const begun = await timed('begin', () => post('begin', undefined, { user: { username } }));
  const { session } = begun.body;
  const sent = await timed('request', () => post('otp/request', session, { method: 'email' }));
  await pause(READING_MS);
  const refused = await timed('verify', () => post('otp/verify', sent.body.session, { otp: '000000' }));
  const shown = ({ body: { next, msgCode } }) =>
    `${msgCode} ${(next ?? []).map(({ action }) => action.name)}`;
  const said = [begun, sent, refused].map((answer) => `${answer.status} ${shown(answer)}`).join('; ');
  return { times, said: said.replaceAll(' undefined ', '') };
}

/** Locks a user's codes by wrong ones; no message is asked for, since that would be counted, too. */
async function lock(bank, { username }) {
  for (let tried = 0; tried < LOCKS_AFTER; tried += FLOW_TAKES) {
    const { session } = await bank.must(200, 'POST', `${FLOW}/begin`, { body: { user: { username } } });
    const shown = { authorization: session, body: { otp: '000000' } };
    for (let one = 0; one < FLOW_TAKES; one++) await bank.call('POST', `${FLOW}/otp/verify`, shown);
  }
}

/** In an order that favours nobody (Fisher and Yates). */
function shuffled(items) {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}
