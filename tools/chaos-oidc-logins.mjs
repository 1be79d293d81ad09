/** Logins of a fault run, by password, by password and a code, by images; each is kept in the books, however far it came. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CALLBACK } from './chaos-oidc-shops.mjs';
import { Visitor } from './chaos-oidc-visitor.mjs';

/** Users who mistype first; of all, because a network's wrong passwords are counted for an hour. */
const MISTYPE = 0.1;
const MOST_MISTYPED = 40;
/** How long a code in the mail is waited for, and how often another is asked for. */
const MAIL_MS = 10_000;
const MAILS = 4;
/** What a page says of a code whose check was not answered. */
const NOT_NOW = 'That does not work at the moment';

/**
 * Answers signIn(person, shop, scope): { code, verifier, since } or undefined where it came to nothing. A login of the
 * books: { person, shop, isFinished: it was seen to end well, mistyped: answered wrong passwords }.
 */
export function loginsOf({ gateway, issuer, insist, random, books }) {
  let mistyped = 0;

  const signIn = async (person, shop, scope = 'openid') => {
    const verifier = randomBytes(32).toString('base64url');
    const request = {
      ...{ response_type: 'code', client_id: shop.clientId, redirect_uri: CALLBACK, scope },
      ...{ state: randomBytes(9).toString('base64url'), nonce: randomBytes(9).toString('base64url') },
      ...{ code_challenge_method: 'S256', ...(shop.way === 'images' && { login_hint: person.username }) },
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    };
    const visitor = new Visitor({ gateway, end: CALLBACK, insist });
    const login = { person, shop, isFinished: false, mistyped: 0, mayHaveMistyped: 0 };
    books.logins.push(login);
    const makesImages = scope.includes('2fa_link');
    if (makesImages) person.changed.most++;
    try {
      if (!(await visitor.open(`${issuer}/authorize?${new URLSearchParams(request)}`))) return undefined;
      if (!(await STEPS[shop.way](visitor, person, login))) return undefined;
    } finally {
      // a second factor may end a login badly: there only the code says that it ended well
      const { hasFinished, left } = visitor;
      login.isFinished = hasFinished && (left ? left.searchParams.has('code') : shop.way !== 'mfa');
      if (makesImages && login.isFinished) person.changed.least++;
    }
    const { searchParams } = visitor.left ?? { searchParams: new Map() };
    const code = searchParams.get('code');
    if (code) return { code, verifier, since: visitor.leftSince };
    // a flow whose answer was lost may be over for who comes back: nobody is let in, and has to begin anew
    const isOver = shop.way === 'mfa' && searchParams.get('error') === 'access_denied';
    if (visitor.left && !isOver) books.surprises.push(`${shop.way}: sent back with ${visitor.left.search}`);
    return undefined;
  };

  /** Types name and password; false where nothing came of it. */
  const password = async (visitor, { username, password: right }, login) => {
    // who was cut off may have come to a page that says so
    if (!visitor.page?.text.includes('name="password"')) return false;
    if (mistyped < MOST_MISTYPED && random() < MISTYPE) {
      mistyped++;
      login.mayHaveMistyped++;
      if (!(await visitor.submit({ username, password: 'not the right one' }))) return false;
      // 409: a try before it was taken, and not answered
      if (visitor.page && [400, 409].includes(visitor.page.status)) login.mistyped++;
    }
    return Boolean(visitor.page) && visitor.submit({ username, password: right });
  };

  const newestCode = async (email, former) => {
    for (let waited = 0; waited < MAIL_MS; waited += 500) {
      const answer = await fetch(`${gateway}/phone/messages?to=${encodeURIComponent(email)}&limit=1`).catch(
        () => undefined,
      );
      const [mail] = answer?.ok ? ((await answer.json().catch(() => ({}))).items ?? []) : [];
      if (mail?.code && mail.code !== former) return mail.code;
      await pause(500);
    }
    return undefined;
  };

  const STEPS = {
    password: async (visitor, person, login) => {
      // an answer that was lost on the way may have been the last page
      return (await password(visitor, person, login)) && Boolean(visitor.left);
    },
    async mfa(visitor, person, login) {
      if (!(await password(visitor, person, login))) return false;
      if (!visitor.page?.text.includes('otp:email|')) return Boolean(visitor.left);
      const [, choose] = /value="(otp:email\|[^"]*)"/.exec(visitor.page.text);
      if (!(await visitor.submit({ choose }))) return false;
      let code;
      let isLost = false;
      // the phone forgets with its gateway, and a flow takes only so many tries
      for (let mail = 0; mail < MAILS && visitor.page; mail++) {
        // where nobody knows whether it was taken, it is typed once more
        if (!isLost) code = await newestCode(person.email, code);
        if (!(await visitor.submit(code ? { code, action: 'verify' } : { action: 'again' }))) return false;
        isLost = Boolean(code && visitor.page?.text.includes(NOT_NOW));
      }
      return Boolean(visitor.left);
    },
    async images(visitor, person) {
      // the first visit makes the sequence and repeats it, the next one shows it
      for (let page = 0; page < 3 && visitor.page; page++) {
        person.images ??= firstOfEach(visitor.page.text);
        if (!(await visitor.submit(person.images))) return false;
      }
      return Boolean(visitor.left);
    },
  };
  return { signIn };
}

/** The first image of each grid, as a form. */
function firstOfEach(text) {
  const picks = {};
  for (const [, round, image] of text.matchAll(/name="(round-\d)"\s+value="([^"]+)"/g))
    picks[round] ??= image;
  return picks;
}
