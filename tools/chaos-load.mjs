/** Load with a memory: hosts that tell of audit actions by REST and by Kafka, users who prove themselves or do not. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { insisting } from './chaos-insist.mjs';
import { RULE_NAME } from './chaos-rule.mjs';
import { ask } from './smoke-steps.mjs';

/** The share of actions that need the user. */
const ASKED = 0.15;

/** Users who are at it at a time: more who ask again and again keep a system down that comes up. */
const MOST_USERS = 40;

/** How users behave when they are asked. The rest lets the time run out. */
const HABITS = { prove: 0.6, deny: 0.1, cancel: 0.1 };

/**
 * Puts load on the system until `running()` is false, then settles what was begun: whoever got no answer asks again,
 * as hosts do. Answers { accepted: Map(id → action), told: Map(id → decision handed to the page), logins: flow ids }.
 */
export async function load({ gateway, demo }, bus, { running, random, lanes = 3 }) {
  const base = `${gateway}/apps/${demo.appId}`;
  const key = demo.apiKey;
  const accepted = new Map();
  const told = new Map();
  const logins = new Set();
  const users = new Set();
  const untilAnswered = insisting(random);
  const insist = (fits, patienceMs, ...request) =>
    untilAnswered(fits, patienceMs, () => ask(base, ...request));
  const settled = (status) => status < 500;

  const park = () => {
    const id = randomUUID();
    const name = random() < ASKED ? `${RULE_NAME}.Change` : 'View';
    return {
      auditActionId: `chaos-${id}`,
      name,
      username: `user-${id}`,
      details: { n: Math.floor(random() * 1e6) },
    };
  };
  const accept = (action) => {
    accepted.set(action.auditActionId, action);
    // whom there is no room for lets the time run out
    if (action.name === 'View' || users.size >= MOST_USERS) return;
    const user = beAsked(action).finally(() => users.delete(user));
    users.add(user);
  };
  const byRest = async () => {
    while (running()) {
      const action = park();
      const answer = await insist((status) => status === 202, 120_000, 'POST', '/v1/audit-actions', {
        key,
        body: action,
      });
      if (!answer) throw new Error('an audit action was not taken within two minutes');
      accept(action);
      await pause(random() * 80);
    }
  };
  const byKafka = async () => {
    while (running()) {
      const actions = Array.from({ length: 1 + Math.floor(random() * 3) }, park);
      await bus.publish(actions);
      actions.forEach(accept);
      await pause(random() * 120);
    }
  };

  /** What one user does about the one challenge. */
  const beAsked = async ({ username, auditActionId }) => {
    const dice = random();
    if (dice > HABITS.prove + HABITS.deny + HABITS.cancel) return;
    const query = `/v1/challenges?username=${username}&status=pending`;
    for (let look = 0; look < 30; look++) {
      const [challenge] = (await insist(settled, 60_000, 'GET', query, { key }))?.body.items ?? [];
      if (!challenge) {
        await pause(400 + random() * 800);
        continue;
      }
      if (dice < HABITS.cancel)
        return insist(settled, 30_000, 'POST', `/v1/challenges/${challenge.id}/cancel`, { key, body: {} });
      const flow = await begin(username, challenge.id);
      if (!flow) continue; // the time has run out, or too many flows were lost
      if (dice < HABITS.cancel + HABITS.deny)
        return insist(settled, 30_000, 'POST', '/fido2/v2/mfa/deny', { session: flow.session, body: {} });
      const done = await prove(username, flow);
      if (!done) continue;
      told.set(auditActionId, done.payloadSignature);
      return;
    }
  };
  const begin = async (username, challengeId) => {
    const ticket =
      challengeId &&
      (await insist(settled, 20_000, 'POST', `/v1/challenges/${challengeId}/tickets`, { key, body: {} }));
    if (challengeId && ticket?.status !== 201) return undefined;
    const body = { user: { username }, ...(ticket && { beginTicket: ticket.body.beginTicket }) };
    const flow = await ask(base, 'POST', '/fido2/v2/mfa/begin', { body }).catch(() => undefined);
    return flow?.status === 200 ? flow.body : undefined;
  };
  /** Asks for a token and shows it, the identical request again and again until it is answered. */
  const prove = async (username, { flowId, session }) => {
    const body = { username, flowId };
    const granted = await insist(settled, 20_000, 'POST', '/fido2/v2/mgmt/grant/external-auth', {
      key,
      body,
    });
    if (granted?.status !== 200) return undefined;
    const shown = { session, body: { token: granted.body.token } };
    const answer = await insist(settled, 50_000, 'POST', '/fido2/v2/mfa/third-party/verify', shown);
    return answer?.status === 200 ? answer.body : undefined;
  };
  const loginAgain = async () => {
    while (running()) {
      const username = `login-${randomUUID()}`;
      const flow = await begin(username);
      const done = flow && (await prove(username, flow));
      if (done) logins.add(flow.flowId);
      await pause(random() * 400);
    }
  };

  await Promise.all([
    ...Array.from({ length: lanes }, byRest),
    byKafka(),
    byKafka(),
    loginAgain(),
    loginAgain(),
  ]);
  await Promise.all(users);
  return { accepted, told, logins };
}
