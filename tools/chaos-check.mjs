/** What must hold after a fault run, whatever broke meanwhile. Everything is counted, so that nothing passes unseen. */
import pg from 'pg';
import { challengesOf, checkOidc, OIDC_TOPICS } from './chaos-oidc-check.mjs';
import { RULE_NAME } from './chaos-rule.mjs';
import { digestOf, verifyDecision } from './smoke-decision.mjs';
import { ask } from './smoke-steps.mjs';

const TOPICS = [
  'mfa.decisions',
  'mfa.challenges',
  'mfa.flows',
  'patrol.audit-actions',
  'token.external-tokens',
  ...OIDC_TOPICS,
];
const DEAD = ['mfa-orchestrator.dead', 'token-service.dead', 'sso-data.dead', 'oidc-broker.dead'];
const DATABASES = ['countersign_mfa', 'countersign_token', 'countersign_sso', 'countersign_oidc'];

/**
 * Answers { findings: [{ claim, looked, wrong: [sentence] }], outcomes: Map(outcome → decisions) }: what was checked, how
 * many were looked at, which were not so.
 */
export async function check({ run, bus, books: { accepted, told, logins, oidc } }) {
  const topics = await bus.readAll([...TOPICS, ...DEAD]);
  const findings = [];
  const note = (claim, items, wrong) =>
    findings.push({ claim, looked: items.length, wrong: items.map(wrong).filter(Boolean) });
  const events = new Map(TOPICS.map((topic) => [topic, distinct(topics.get(topic))]));
  const decisions = Map.groupBy(
    events.get('mfa.decisions').values(),
    ({ data }) => data.auditActionId ?? data.challengeId,
  );
  const base = `${run.gateway}/apps/${run.demo.appId}`;
  const { body: jwks } = await ask(base, 'GET', '/v1/decisions/jwks.json');
  const decisionOf = (id) => decisions.get(id)?.[0]?.data;

  note('every accepted action has exactly one decision', [...accepted.keys()], (id) => {
    const found = decisions.get(id)?.length ?? 0;
    return found !== 1 && `${id}: ${found} decisions`;
  });
  note('each is signed, over what was parked', [...accepted.values()], (action) => {
    const { auditActionId, details, name, username } = action;
    const data = decisionOf(auditActionId);
    const digest = digestOf({ appId: run.demo.appId, username, name, auditActionId, details });
    const claims = data && verifyDecision(data.decision, jwks, run.demo.appId, { anyAge: true });
    return claims?.subject_digest !== digest && `${auditActionId}: another digest`;
  });
  const ofLogins = challengesOf(events.get('mfa.challenges'), oidc);
  note(
    'no decision on what nobody told of',
    [...decisions.keys()],
    (id) => !accepted.has(id) && !ofLogins.has(id) && id,
  );
  note(
    'what the page was handed is what was published',
    [...told],
    ([id, decision]) => decisionOf(id)?.decision !== decision && `${id}: another decision`,
  );
  note('nobody was asked twice, or needlessly', [...accepted.values()], ({ auditActionId: id, name }) => {
    const asked = [...events.get('mfa.challenges').values()].filter(
      ({ type, data }) => type === 'mfa.challenge.required.v1' && data.auditActionId === id,
    ).length;
    const most = name.startsWith(RULE_NAME) ? 1 : 0;
    return asked > most && `${id}: asked ${asked} times`;
  });
  const ended = Map.groupBy(events.get('mfa.flows').values(), ({ data }) => data.flowId);
  note('every answered login ended once', [...logins], (flowId) => {
    const ends = (ended.get(flowId) ?? []).filter(({ type }) => type === 'mfa.flow.completed.v1').length;
    return ends !== 1 && `flow ${flowId}: completed ${ends} times`;
  });
  const spent = [...events.get('token.external-tokens').values()].filter(({ type }) => /redeemed/.test(type));
  note(
    'no external token was redeemed twice',
    [...Map.groupBy(spent, ({ data }) => data.tokenId)],
    ([id, all]) => all.length > 1 && `token ${id}: ${all.length} times`,
  );
  note(
    'a record that came twice has the same bytes',
    [...topics.values()].flatMap(otherBytes),
    (text) => text,
  );
  note(
    'nothing is dead',
    DEAD.flatMap((topic) => topics.get(topic)),
    ({ value }) => value,
  );
  await checkTables(run, events, note);
  await checkOidc({ run, events, books: oidc, note });
  return { findings, outcomes: Map.groupBy([...decisions.values()].flat(), ({ data }) => data.outcome) };
}

const distinct = (records) =>
  new Map(records.map(({ key, value }) => [JSON.parse(value).id, { ...JSON.parse(value), recordKey: key }]));

/** For each id its complaint, or an empty string. */
function otherBytes(records) {
  const seen = new Map();
  return records.map(({ value }) => {
    const { id = value, source } = JSON.parse(value);
    const first = seen.get(`${source} ${id}`) ?? value;
    seen.set(`${source} ${id}`, first);
    return first === value ? '' : `event ${id} came with other bytes`;
  });
}

/** Outbox, inbox and states, as they stand in the databases. */
async function checkTables(run, events, note) {
  for (const database of DATABASES) {
    const url = new URL(run.database);
    url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const rows = async (sql, ...params) => (await client.query(sql, params)).rows;
    const outbox = await rows(
      `SELECT topic, key, published_at, convert_from(body, 'UTF8')::jsonb->>'id' AS id FROM outbox
       WHERE topic = ANY($1) ORDER BY seq`,
      [...events.keys()],
    );
    note(
      `${database}: all that was to be told is on its topic`,
      outbox,
      ({ topic, id, published_at: at }) => !(at && events.get(topic).has(id)) && `${topic} ${id} is missing`,
    );
    note(`${database}: in the order of the outbox, per key`, inOrder(outbox, events), (text) => text);
    const open = await rows(
      "SELECT topic, event_id, status FROM inbox WHERE status NOT IN ('done', 'discarded')",
    );
    note(
      `${database}: nothing waits in the inbox`,
      open,
      ({ topic, event_id: id, status }) => `${topic} ${id}: ${status}`,
    );
    if (database === 'countersign_mfa') await checkOrchestrator(rows, events, note);
    await client.end();
  }
}

async function checkOrchestrator(rows, events, note) {
  const arrived = new Set((await rows('SELECT event_id FROM inbox')).map((row) => row.event_id));
  note(
    'every record of patrol.audit-actions was taken in',
    [...events.get('patrol.audit-actions').keys()],
    (id) => !arrived.has(id) && `${id} never arrived`,
  );
  const states = await rows(
    `SELECT 'flow ' || id || ' is still completing' AS wrong FROM flows WHERE status = 'completing'
     UNION ALL SELECT 'challenge ' || id || ' has no decision' FROM challenges c WHERE status <> 'pending'
       AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.challenge_id = c.id)
     UNION ALL SELECT 'action ' || audit_action_id || ' is ' || status FROM audit_actions WHERE status <> 'decided'`,
  );
  note('nothing is half done', states, ({ wrong }) => wrong);
}

/** For each key of a topic its complaint, or an empty string: first occurrences stand in the order of the outbox. */
function inOrder(outbox, events) {
  const place = new Map();
  for (const [topic, byId] of events) [...byId.keys()].forEach((id, at) => place.set(`${topic} ${id}`, at));
  return [...Map.groupBy(outbox, ({ topic, key }) => `${topic} ${key}`)].map(([name, group]) => {
    const at = group.map(({ topic, id }) => place.get(`${topic} ${id}`));
    return at.every((value, index) => index === 0 || at[index - 1] < value) ? '' : `${name}: out of order`;
  });
}
