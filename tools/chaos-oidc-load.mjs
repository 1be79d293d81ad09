/** OIDC in a fault run: people who sign in, what clients do with their codes, clients that come and go. */
import { setTimeout as pause } from 'node:timers/promises';
import { insisting } from './chaos-insist.mjs';
import { loginsOf } from './chaos-oidc-logins.mjs';
import { peopleOf } from './chaos-oidc-people.mjs';
import { registerAndDelete } from './chaos-oidc-registry.mjs';
import { makeShops } from './chaos-oidc-shops.mjs';
import { tokensOf } from './chaos-oidc-tokens.mjs';

/** Of all logins; the rest is by password alone. */
const WAYS = { mfa: 0.2, images: 0.1 };
/** What becomes of people afterwards; the rest stays as it is. */
const ENDS = { rename: 0.1, disable: 0.06, password: 0.06, delete: 0.06 };

/** People who are there before anything breaks, and most who wait to sign in. */
const FIRST = 40;
const MOST_WAITING = 100;

/** The key whose share `dice` falls into. */
function chosen(shares, dice) {
  let from = 0;
  return Object.keys(shares).find((name) => dice >= from && dice < (from += shares[name]));
}

/**
 * Makes clients and the first people. Answers put(running, lanes), which puts logins on the system until `running()` is
 * false, ends those that were begun, and answers the books: lists of people, logins, families, ownTokens, clients;
 * `refused`: what had to be taken and was not, `surprises`: answers nobody expects; and what they were asked for with.
 */
export async function prepareOidc({ gateway, demo }, random) {
  const issuer = `${gateway}/oidc/${demo.appId}`;
  const shops = await makeShops({ gateway, demo });
  const books = {
    ...{ issuer, shops, people: [], logins: [], families: [], ownTokens: [], clients: [] },
    ...{ refused: [], surprises: [] },
  };
  const all = { gateway, demo, issuer, insist: insisting(random), random, books };
  const people = peopleOf(all);
  const logins = loginsOf(all);
  const tokens = tokensOf(all);
  // making somebody takes three services; who is there already can sign in while two of them are away
  const waiting = [];

  const makeOne = async () => {
    const way = chosen(WAYS, random()) ?? 'password';
    const person = await people.make(way);
    if (person) waiting.push({ way, person });
  };
  const visit = async () => {
    if (waiting.length === 0) await makeOne();
    const { way, person } = waiting.shift() ?? {};
    if (!person) return;
    const scopes = way === 'images' ? ['openid 2fa 2fa_link', 'openid 2fa'] : ['openid'];
    for (const scope of scopes) {
      const login = await logins.signIn(person, shops[way], scope);
      if (!login) break;
      await tokens.spend(person, shops[way], login);
    }
    const end = chosen(ENDS, random());
    if (end) await people.end(person, end);
  };
  const repeat = async (running, work) => {
    while (running()) {
      await work();
      await pause(random() * 300);
    }
  };
  const makeMore = async () => waiting.length < MOST_WAITING && makeOne();

  for (let made = 0; made < FIRST; made++) await makeOne();
  return async (running, lanes = 6) => {
    const visits = Array.from({ length: lanes }, () => repeat(running, visit));
    const registry = registerAndDelete({ ...all, tokens, running });
    await Promise.all([...visits, repeat(running, makeMore), registry]);
    return books;
  };
}
