/**
 * What clients do with codes and tokens in a fault run: redeem, refresh, do either twice, show what was used up, revoke.
 * A family of the books is all that came of one code: { person, shop, singles: what is good once, tokens, ended: why
 * nothing of it may be good any more, isDoubtful: a request of it was repeated, and may have been taken for a replay }.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isAnswer } from './chaos-insist.mjs';
import { CALLBACK, OWN_SCOPE } from './chaos-oidc-shops.mjs';

const PATIENCE_MS = 60_000;
/** A code is good for 30 s; what is answered later says nothing about it. */
const CODE_MS = 25_000;
/** A family is refreshed less often than that. */
const MOST_REFRESHES = 8;
/** The share of uses that are made twice at once. */
const TWICE = 0.1;

/** Answers { spend(person, shop, login), ownToken(client), form(endpoint, client, fields) }. */
export function tokensOf({ issuer, insist, random, books }) {
  const form = (endpoint, { clientId, secret }, fields) =>
    insist(isAnswer, PATIENCE_MS, async () => {
      const answer = await fetch(`${issuer}/${endpoint}`, {
        method: 'POST',
        body: new URLSearchParams({ ...fields, client_id: clientId, client_secret: secret }),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    });

  /** Shows it once; answers { isRefused, next: the refresh token that came of it }. */
  const show = async (family, single) => {
    single.isShown = true;
    const answer = await form('token', family.shop, single.fields);
    if (answer?.tries !== 1) family.isDoubtful = true;
    const isInTime = performance.now() < single.until;
    if (answer?.status !== 200) {
      if (answer && answer.body?.error !== 'invalid_grant')
        books.surprises.push(`${single.kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return { isRefused: Boolean(answer) && isInTime };
    }
    single.answers++;
    const { access_token: access, refresh_token: refresh } = answer.body;
    const at = performance.now();
    if (access) family.tokens.push({ kind: 'access token', value: access, at });
    if (!refresh) return {};
    const next = {
      ...{ kind: 'refresh token', value: refresh, at, answers: 0, until: Infinity },
      fields: { grant_type: 'refresh_token', refresh_token: refresh },
    };
    family.tokens.push(next);
    family.singles.push(next);
    return { next };
  };

  /** Uses what nobody has used, now and then twice at once; answers the refresh token that came of it. */
  const use = async (family, single) => {
    const times = random() < TWICE ? 2 : 1;
    const shown = await Promise.all(Array.from({ length: times }, () => show(family, single)));
    const refused = shown.filter(({ isRefused }) => isRefused);
    // refused because it was used: by the other one, or by a try that nobody answered
    if (refused.length > 0 && (times > 1 || family.isDoubtful)) family.ended ??= `${single.kind} used twice`;
    else if (refused.length > 0) books.refused.push(`${single.kind} of ${family.person.username}`);
    return family.ended ? undefined : shown.find(({ next }) => next)?.next;
  };

  /** Shows what was used already. */
  const replay = async (family, single) => {
    if (performance.now() > single.until - 5_000) return;
    const { isRefused } = await show(family, single);
    if (isRefused) family.ended ??= `${single.kind} shown again`;
  };
  const revoke = async (family) => {
    const { value: token, kind } = family.tokens[Math.floor(random() * family.tokens.length)];
    const answer = await form('revoke', family.shop, { token });
    if (answer?.status === 200) family.ended ??= `${kind} revoked`;
    else family.isDoubtful = true;
  };

  return {
    form,
    /** All that a client does with the code of a login. */
    async spend(person, shop, { code, verifier, since }) {
      const first = {
        ...{ kind: 'code', answers: 0, until: since + CODE_MS },
        fields: {
          ...{ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK },
        },
      };
      const family = { person, shop, singles: [first], tokens: [], ended: undefined, isDoubtful: false };
      books.families.push(family);
      let last = await use(family, first);
      for (let left = Math.floor(random() * MOST_REFRESHES); left > 0 && last; left--) {
        await pause(random() * 300);
        last = await use(family, last);
      }
      const used = family.singles.filter(({ kind, isShown }) => kind === 'refresh token' && isShown);
      const dice = random();
      if (dice < 0.12) await replay(family, first);
      else if (dice < 0.24 && used.length > 0) await replay(family, used[0]);
      else if (dice < 0.36 && used.length > 0 && last)
        await Promise.all([replay(family, used[0]), show(family, last)]);
      else if (dice < 0.48 && family.tokens.length > 0) await revoke(family);
    },

    /** A token in the client's own name; whether it got one. */
    async ownToken(client) {
      const answer = await form('token', client, { grant_type: 'client_credentials', scope: OWN_SCOPE });
      if (answer?.status !== 200) return answer && false;
      books.ownTokens.push({ client, value: answer.body.access_token, at: performance.now() });
      return true;
    },
  };
}
