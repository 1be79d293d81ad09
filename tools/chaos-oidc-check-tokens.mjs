/** What must hold of codes and tokens after a fault run: good once, kept once answered, dead for ever. */
import { randomFrom } from './chaos-faults.mjs';
import { insisting, isAnswer } from './chaos-insist.mjs';
import { tokensOf } from './chaos-oidc-tokens.mjs';

/** Ages up to which tokens are asked about: they hold for 30 and for 10 minutes. */
const USERS_MS = 25 * 60_000;
const OWN_MS = 8 * 60_000;
const AT_ONCE = 4;

/** `rows` asks oidc-broker's database. Adds findings by `note`. */
export async function checkTokens({ rows, books, note }) {
  const { families, ownTokens } = books;
  for (const kind of ['code', 'refresh token'])
    note(
      `OIDC: no ${kind} was redeemed twice`,
      families.flatMap((family) => family.singles.filter((one) => one.kind === kind && one.isShown)),
      ({ answers, fields }) => answers > 1 && `${fields.code ?? fields.refresh_token}: ${answers} times`,
    );
  const asked = [
    ...families.flatMap((family) =>
      family.tokens.map((token) => ({ ...token, family, must: fateOf(family, token) })),
    ),
    ...ownTokens.map((token) => ({ ...token, kind: 'own token', must: ownFateOf(token) })),
  ].filter(({ must }) => must !== 'either');
  const active = await introspected(asked, books);
  const about = ({ kind, family, client }) =>
    `${kind} of ${family?.person.username ?? client.clientId}${family?.ended ? `, ${family.ended}` : ''}`;
  note(
    'OIDC: a token that was handed out is known',
    asked.filter(({ must }) => must === 'live'),
    (token) => active.get(token) !== true && `${about(token)}: active ${active.get(token)}`,
  );
  note(
    'OIDC: what was used, replayed, revoked or taken away stays dead',
    asked.filter(({ must }) => must === 'dead'),
    (token) => active.get(token) !== false && `${about(token)}: active ${active.get(token)}`,
  );
  note(
    'OIDC: of a family one refresh token lives at most',
    families.filter(({ singles }) => singles.length > 1),
    (family) => {
      const living = [...active].filter(
        ([token, is]) => is && token.family === family && token.kind === 'refresh token',
      );
      return living.length > 1 && `${family.person.username}: ${living.length}`;
    },
  );
  await checkRows(rows, families, note);
}

function fateOf({ ended, isDoubtful, person }, { kind, isShown, answers, at }) {
  if (ended || person.ended) return 'dead';
  if (kind === 'refresh token' && isShown && answers > 0) return 'dead';
  // a try that nobody answered may have used it, or have been taken for a replay
  if (isDoubtful || person.isDoubtful || isShown || performance.now() - at > USERS_MS) return 'either';
  return 'live';
}

function ownFateOf({ client, at }) {
  if (client.deleted === 'yes') return 'dead';
  return client.deleted === 'no' && performance.now() - at < OWN_MS ? 'live' : 'either';
}

/** Whether each is active: Map(token → true, false or undefined). */
async function introspected(asked, books) {
  const random = randomFrom(asked.length);
  const { form } = tokensOf({ issuer: books.issuer, insist: insisting(random), random, books });
  const queue = [...asked];
  const active = new Map();
  const worker = async () => {
    for (let token = queue.pop(); token; token = queue.pop()) {
      const answer = await form('introspect', books.shops.password, { token: token.value });
      active.set(token, isAnswer(answer?.status) ? answer.body.active : undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return active;
}

/** Also what nobody was answered: a second set of tokens would live unseen. */
async function checkRows(rows, families, note) {
  const living = await rows(
    `SELECT user_id, client_id, count(*)::int AS tokens FROM oidc_records r
     WHERE kind = 'RefreshToken' AND consumed_at IS NULL AND expires_at > clock_timestamp()
       AND EXISTS (SELECT 1 FROM oidc_records g WHERE g.app_id = r.app_id AND g.id = 'Grant:' || r.grant_id)
     GROUP BY user_id, client_id`,
  );
  const found = new Map(living.map((row) => [`${row.user_id} ${row.client_id}`, row.tokens]));
  note('OIDC: nor does a second one in the database, nor any of a family that ended', families, (family) => {
    const { person, shop, ended } = family;
    const tokens = found.get(`${person.userId} ${shop.clientId}`) ?? 0;
    const most = ended || person.ended ? 0 : 1;
    return tokens > most && `${person.username}, ${ended ?? person.ended ?? 'not ended'}: ${tokens} tokens`;
  });
}
