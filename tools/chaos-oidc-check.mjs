/** What must hold of logins, tokens, people and clients after a fault run. */
import pg from 'pg';
import { checkTokens } from './chaos-oidc-check-tokens.mjs';

/** Topics on which it is told. */
export const OIDC_TOPICS = ['oidc.logins', 'oidc.clients', 'directory.users'];

/** Challenges that came of people's logins: Map(challenge → user). */
export function challengesOf(events, { people }) {
  const known = new Set(people.map(({ userId }) => userId));
  const asked = [...events.values()].filter(
    ({ type, data }) => type === 'mfa.challenge.required.v1' && !data.auditActionId && known.has(data.userId),
  );
  return new Map(asked.map(({ data }) => [data.challengeId, data.userId]));
}

/**
 * Adds findings by `note(claim, items, wrong)`. `events`: for each topic its events by id; `books`: those of prepareOidc.
 */
export async function checkOidc({ run, events, books, note }) {
  note('OIDC: no answer that nobody expects', books.surprises, (text) => text);
  note('OIDC: what was good once was taken when first shown', books.refused, (text) => `${text} was refused`);
  checkLogins([...events.get('oidc.logins').values()], books, note);
  checkSecondFactors(events, books, note);
  checkLives([...events.get('directory.users').values()], note, {
    ...{ what: 'user', of: 'directory.user', all: books.people, id: ({ userId }) => userId },
  });
  checkLives([...events.get('oidc.clients').values()], note, {
    ...{ what: 'client', of: 'oidc.client', all: books.clients, id: ({ clientId }) => clientId },
  });
  const client = new pg.Client({
    connectionString: Object.assign(new URL(run.database), { pathname: '/countersign_oidc' }).href,
  });
  await client.connect();
  const rows = async (sql) => (await client.query(sql)).rows;
  try {
    await checkEnds(rows, [...events.get('oidc.logins').values()], note);
    await checkTokens({ rows, books, note });
  } finally {
    await client.end();
  }
}

/** Each login that the browser saw finish is told of once, and so is each wrong password that was answered. */
function checkLogins(events, { logins }, note) {
  const nameOf = ({ data }, kind) => `${kind} ${data.userId ?? ''} ${data.clientId}`;
  const told = Map.groupBy(
    events.filter(({ type, data }) => /completed/.test(type) || data.factor === 'password'),
    (event) => nameOf(event, /completed/.test(event.type) ? 'completed' : 'refused'),
  );
  const count = (kind, { userId }, { clientId }) => told.get(`${kind} ${userId} ${clientId}`)?.length ?? 0;
  const visits = [...Map.groupBy(logins, ({ person, shop }) => `${person.userId} ${shop.clientId}`).values()];
  const sum = (list, of) => list.reduce((total, one) => total + Number(of(one)), 0);
  const outside = (found, least, most) => found < least || found > most;

  note(
    'OIDC: every finished login has its one event, no other has more',
    visits.filter((list) => list.some(({ isFinished }) => isFinished)),
    (list) => {
      const [{ person, shop }] = list;
      const found = count('completed', person, shop);
      const least = sum(list, ({ isFinished }) => isFinished);
      return (
        outside(found, least, list.length) &&
        `${person.username} at ${shop.clientId}: ${found} events of ${least} finished logins`
      );
    },
  );
  note(
    'OIDC: a login that was not seen to finish is told of once at most',
    visits.filter((list) => !list.some(({ isFinished }) => isFinished)),
    (list) => count('completed', list[0].person, list[0].shop) > list.length && list[0].person.username,
  );
  note(
    'OIDC: every wrong password is told of once',
    visits.filter((list) => list.some(({ mayHaveMistyped }) => mayHaveMistyped > 0)),
    (list) => {
      const [{ person, shop }] = list;
      const found = count('refused', person, shop);
      const [least, most] = [sum(list, (one) => one.mistyped), sum(list, (one) => one.mayHaveMistyped)];
      return outside(found, least, most) && `${person.username}: ${found} events of ${least} to ${most}`;
    },
  );
  const known = new Set(logins.map(({ person, shop }) => `${person.userId} ${shop.clientId}`));
  note(
    'OIDC: no login is told of that nobody began',
    events,
    ({ id, data }) => !known.has(`${data.userId} ${data.clientId}`) && `event ${id}`,
  );
}

/** Who signed in by a second factor did so by one decision, whose challenge was theirs. */
function checkSecondFactors(events, books, note) {
  const challenges = challengesOf(events.get('mfa.challenges'), books);
  const allowed = Map.groupBy(
    [...events.get('mfa.decisions').values()].filter(({ data }) => data.outcome === 'allowed'),
    ({ data }) => challenges.get(data.challengeId),
  );
  note(
    'OIDC: every login by a second factor has its one decision',
    books.logins.filter(({ shop, isFinished }) => shop.way === 'mfa' && isFinished),
    ({ person: { userId, username } }) => {
      const found = allowed.get(userId)?.length ?? 0;
      return found !== 1 && `${username}: ${found} decisions`;
    },
  );
}

/** What has a beginning and an end: told of once each, in that order, with its changes in between. */
function checkLives(events, note, { what, of, all, id }) {
  const told = Map.groupBy(events, ({ subject }) => subject);
  note(`OIDC: a ${what}’s beginning, changes and end are told of once, in order`, all, (one) => {
    const types = (told.get(id(one)) ?? []).map(({ type }) => type.slice(of.length + 1, -'.v1'.length));
    const changes = types.filter((type) => type === 'changed').length;
    const ends = types.filter((type) => type === 'deleted').length;
    const isRight =
      types[0] === 'created' &&
      types.lastIndexOf('created') === 0 &&
      changes >= one.changed.least &&
      changes <= one.changed.most &&
      (ends === 0 ? one.deleted !== 'yes' : ends === 1 && one.deleted !== 'no' && types.at(-1) === 'deleted');
    return !isRight && `${what} ${id(one)}: ${types.join(', ')} of ${JSON.stringify(one.changed)}`;
  });
}

/** Rows of ended logins against their events: what is decided is told, by the same commit. */
async function checkEnds(rows, events, note) {
  const told = Map.groupBy(
    events.filter(({ type }) => /completed/.test(type)),
    ({ data }) => data.userId,
  );
  const ended = await rows(
    `SELECT user_id, count(*)::int AS ends FROM logins
     WHERE result->'login' IS NOT NULL OR result->'secondFactor' IS NOT NULL GROUP BY user_id`,
  );
  note(
    'OIDC: every login that ended well in the database is told of',
    ended,
    ({ user_id: userId, ends }) => (told.get(userId)?.length ?? 0) < ends && `user ${userId}: ${ends} ends`,
  );
}
