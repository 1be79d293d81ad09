/** The main job as a bank does it: park a change, tell, prove the user, release on a signed decision. */
import { randomUUID } from 'node:crypto';
import { digestOf, verifyDecision } from './smoke-decision.mjs';
import { openBus } from './smoke-kafka.mjs';
import { ask, eventually, expectStatus, must } from './smoke-steps.mjs';

const brief = (text) => `${text.slice(0, 12)}…`;

/** The audit action of one run: a user of its own, because a user's challenges are budgeted. */
function park(appId) {
  const data = {
    auditActionId: `smoke-${randomUUID()}`,
    name: 'ChangeAddress',
    username: `smoke-${randomUUID().slice(0, 8)}`,
    details: { street: 'Main Street 1', city: 'Springfield', previous: null, since: [2024, 7] },
  };
  const { auditActionId, details, name, username } = data;
  return { data, digest: digestOf({ appId, username, name, auditActionId, details }) };
}

const cloudEvent = (appid, data) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/smoke',
  type: 'patrol.audit-action.recorded.v1',
  time: new Date().toISOString(),
  appid,
  subject: data.username,
  data,
});

/** From the audit action (over `way`: REST or Kafka) to the verified decision. */
export async function mainJob({ gateway, kafka, demo }, steps, way) {
  const base = `${gateway}/apps/${demo.appId}`;
  const key = demo.apiKey;
  const { data, digest } = park(demo.appId);
  const bus = way === 'Kafka' ? await openBus(kafka.brokers) : undefined;
  try {
    await steps.run(`audit action ChangeAddress over ${way}`, async () => {
      if (bus) await bus.publish(cloudEvent(demo.appId, data));
      else {
        const told = expectStatus(await ask(base, 'POST', '/v1/audit-actions', { key, body: data }), 202);
        must(told.subjectDigest === digest, `digest ${told.subjectDigest} instead of ${digest}`);
      }
      return { saw: data.auditActionId };
    });
    const challenge = await steps.run('a challenge is opened for that user and that change', async () => {
      const path = `/v1/challenges?username=${data.username}&status=pending`;
      const probe = async () => expectStatus(await ask(base, 'GET', path, { key }), 200).items[0];
      const value = await eventually(probe, 'the challenge');
      must(value.subjectDigest === digest, 'the challenge is about something else');
      must(value.mfaInfo.audit_action_id === data.auditActionId, 'another audit action');
      return { value, saw: `${value.context}, because ${value.because}` };
    });
    const jws = await prove({ base, key, steps, challenge, username: data.username });
    await steps.run('the decision is allowed, signed, and over what was parked', async () => {
      const jwks = expectStatus(await ask(base, 'GET', '/v1/decisions/jwks.json'), 200);
      const claims = verifyDecision(jws, jwks, demo.appId);
      must(claims.outcome === 'allowed', `outcome ${claims.outcome}`);
      must(claims.subject_digest === digest, 'the digest is not that of what was parked');
      must(claims.audit_action_id === data.auditActionId, 'another audit action');
      return { saw: `jti ${brief(claims.jti)}, amr ${claims.amr}` };
    });
    await steps.run(`the decision is published (${bus ? 'mfa.decisions' : 'GET audit action'})`, async () => {
      const path = `/v1/audit-actions/${data.auditActionId}`;
      const decided = bus
        ? await eventually(() => bus.decisionOn(data.auditActionId), 'the event')
        : expectStatus(await ask(base, 'GET', path, { key }), 200);
      const decision = decided.decision;
      must(decision === jws, 'it is another decision than the one handed out');
      return { saw: decided.outcome ?? decided.status };
    });
  } finally {
    await bus?.close();
  }
}

/** The user's part: begin with a ticket, be refused with a wrong token, pass with the right one. */
async function prove({ base, key, steps, challenge, username }) {
  const ticket = await steps.run('the back end takes a begin ticket', async () => {
    const path = `/v1/challenges/${challenge.id}/tickets`;
    const { beginTicket } = expectStatus(await ask(base, 'POST', path, { key, body: {} }), 201);
    return { value: beginTicket, saw: 'single use' };
  });
  const flow = await steps.run('the page begins the flow; the next action is external', async () => {
    const body = { user: { username, usernameType: 'other' }, beginTicket: ticket };
    const value = expectStatus(await ask(base, 'POST', '/fido2/v2/mfa/begin', { body }), 200);
    must(value.nextAction === 'external', `nextAction ${value.nextAction}`);
    must(value.session && value.flowId, 'no session or no flowId');
    return { value, saw: value.next.map(({ action }) => action.name).join(', ') };
  });
  const verify = (token) =>
    ask(base, 'POST', '/fido2/v2/mfa/third-party/verify', { session: flow.session, body: { token } });
  await steps.run('a wrong token is refused, without a session', async () => {
    const body = expectStatus(await verify('not-the-token-'.repeat(3)), 401);
    must(!body.session, 'the refusal carries a session');
    return { saw: `401 ${body.msgCode}` };
  });
  const token = await steps.run('the extension vouches: grant/external-auth', async () => {
    const body = { username, flowId: flow.flowId };
    const answer = await ask(base, 'POST', '/fido2/v2/mgmt/grant/external-auth', { key, body });
    return { value: expectStatus(answer, 200).token, saw: 'for this flow and this user' };
  });
  const jws = await steps.run('the right token completes the flow', async () => {
    const body = expectStatus(await verify(token), 200);
    must(body.payloadSignature, 'no decision (payloadSignature)');
    must(!body.accessToken, 'a challenge must not yield an access token');
    return { value: body.payloadSignature, saw: 'decision handed out' };
  });
  await steps.run('the ticket is spent', async () => {
    const body = { user: { username, usernameType: 'other' }, beginTicket: ticket };
    const { status } = await ask(base, 'POST', '/fido2/v2/mfa/begin', { body });
    must(status >= 400 && status < 500, `a second begin answered ${status}`);
    return { saw: String(status) };
  });
  return jws;
}

/** An audit action no rule matches is decided at once: silence never means yes. */
export async function unmatched({ gateway, demo }, steps) {
  const base = `${gateway}/apps/${demo.appId}`;
  await steps.run('an audit action no rule names is decided not-required', async () => {
    const key = demo.apiKey;
    const body = { name: 'ViewStatement', username: `smoke-${randomUUID().slice(0, 8)}` };
    const { auditActionId } = expectStatus(await ask(base, 'POST', '/v1/audit-actions', { key, body }), 202);
    const probe = async () => {
      const { status, body: found } = await ask(base, 'GET', `/v1/audit-actions/${auditActionId}`, { key });
      return status === 200 && found.decision && found;
    };
    const decided = await eventually(probe, 'the decision');
    const jwks = expectStatus(await ask(base, 'GET', '/v1/decisions/jwks.json'), 200);
    const { outcome } = verifyDecision(decided.decision, jwks, demo.appId);
    must(outcome === 'not-required', `outcome ${outcome}`);
    return { saw: outcome };
  });
}
