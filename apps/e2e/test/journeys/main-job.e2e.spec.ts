import { memorySeenJti, verifyDecision } from '@countersign/mfa-client';
import { randomUUID } from 'node:crypto';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { digestOf, verifiedDecision } from '../../src/decision.ts';
import { System } from '../../src/system.ts';
import { waitFor } from '@countersign/testing';

describe('the main job over REST: park a change, prove the user, release on a signed decision', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    const started = performance.now();
    system = await System.boot('main_job');
    bank = await system.bank();
    await bank.rule({ name: 'Address changes', auditAction: 'ChangeAddress' });
    // the harness is shared by a file because a boot is not free; it must stay cheap all the same
    expect(performance.now() - started).toBeLessThan(15_000);
  });
  afterAll(() => system?.close());

  it('seed Q4, design main job: road “grant”, from audit action to a decision that another JOSE library verifies', async () => {
    const action = bank.action('Dana', {
      details: { street: 'Ä-Straße 1', since: [2024, 7], previous: null },
    });
    const { auditActionId, username, name, details } = action;
    const digest = digestOf({ appId: bank.appId, username, name, auditActionId, details });

    const recorded = expectStatus(await bank.api('POST', '/v1/audit-actions', action), 202);
    expect(recorded).toEqual({ auditActionId, subjectDigest: digest });
    const challenge = await bank.challenged(action);
    expect(challenge).toMatchObject({
      context: 'event',
      username: 'Dana',
      status: 'pending',
      subjectDigest: digest,
      because: ['rule:Address changes'],
    });
    expect(challenge.mfaInfo).toEqual({
      mfa_context: 'event',
      audit_action_id: auditActionId,
      audit_action_name: 'ChangeAddress',
    });

    const page = await bank.beginChallenge(challenge.id);
    expect(page.begun).toMatchObject({ msgCode: 'additional_auth_required', nextAction: 'external' });
    const token = await bank.grant('Dana', { flowId: page.flowId });
    const done = expectStatus(await page.verify(token), 200);
    expect(done).toMatchObject({ accessToken: '', idToken: '', refreshToken: '' });

    const claims = await verifiedDecision(bank, done.payloadSignature);
    expect(claims).toMatchObject({
      iss: `http://localhost:4000/apps/${bank.appId}`,
      aud: bank.appId,
      outcome: 'allowed',
      subject_digest: digest,
      audit_action_id: auditActionId,
      challenge_id: challenge.id,
      flow_id: page.flowId,
      amr: ['ext'],
      acr: 'aal1',
    });
    expect(claims.exp - claims.iat).toBe(300);

    // one and the same decision, wherever it is read
    const shown = await bank.challenge(challenge.id);
    expect([shown.status, shown.decision]).toEqual(['completed', done.payloadSignature]);
    expect((await bank.decided(auditActionId)).decision).toBe(done.payloadSignature);
    await system.settled();
    const events = system.bus.events('mfa.decision.made.v1', { auditActionId });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ topic: 'mfa.decisions', key: `${bank.appId}:${auditActionId}` });
    expect(events[0]!.data).toMatchObject({
      outcome: 'allowed',
      subjectDigest: digest,
      decision: done.payloadSignature,
      challengeId: challenge.id,
    });
  });

  it('design: the SDK releases exactly what was approved, once: a decision for one change fits no other', async () => {
    const action = bank.action('Carla', { details: { iban: 'DE1', amount: 5 } });
    const decision = await bank.approve(await bank.challenged(action));
    const { auditActionId, username, name, details } = action;
    const subject = { appId: bank.appId, username, name, auditActionId, details };
    const seenJti = memorySeenJti();
    const check = (changed: object, appId = bank.appId) =>
      verifyDecision({
        ...{ decision, appId, seenJti, subject: { ...subject, ...changed } },
        jwksUri: `${system.gateway}/apps/${bank.appId}/v1/decisions/jwks.json`,
      });
    const changes = [
      ...[{ username: 'carla' }, { name: 'ChangeLimit' }, { auditActionId: 'aa-2' }, { appId: 'other' }],
      ...[{ details: undefined }, { details: { iban: 'DE1', amount: 6 } }, { details: { iban: 'DE1' } }],
    ];
    for (const changed of changes) await expect(check(changed)).rejects.toMatchObject({ reason: 'subject' });
    await expect(check({}, 'other')).rejects.toMatchObject({ reason: 'audience' });
    expect((await check({})).outcome).toBe('allowed');
    await expect(check({})).rejects.toMatchObject({ reason: 'replay' });
  });

  it('seed Q1, Q10: road “set”, over the bus: the extension’s own token, every verdict an event', async () => {
    const action = bank.action('Erik');
    await system.bus.audit(bank.appId, { ...action });
    const challenge = await waitFor(
      async () => (await bank.api('GET', '/v1/challenges?username=erik&status=pending')).body.items[0],
      { what: 'the challenge' },
    );
    const page = await bank.beginChallenge(challenge.id);
    const own = randomUUID().replaceAll('-', '');
    expectStatus(await bank.setToken('ERIK', page.flowId, own), 204);
    const done = expectStatus(await page.verify(own), 200);
    expect((await verifiedDecision(bank, done.payloadSignature)).outcome).toBe('allowed');

    await system.settled();
    const { flowId } = page;
    const said = (type: string) => system.bus.events(type, { flowId }).length;
    expect(said('mfa.flow.started.v1')).toBe(1);
    expect(said('token.external-token.issued.v1')).toBe(1);
    expect(said('token.external-token.redeemed.v1')).toBe(1);
    expect(said('mfa.flow.factor-verified.v1')).toBe(1);
    expect(said('mfa.flow.completed.v1')).toBe(1);
    expect(system.bus.events('mfa.challenge.required.v1', { challengeId: challenge.id })).toHaveLength(1);
    expect(system.bus.events('mfa.challenge.completed.v1', { challengeId: challenge.id })).toHaveLength(1);
  });

  it('contracts L9: a grant that names only the challenge is good for a flow of it begun later', async () => {
    const challenge = await bank.challenged(bank.action('Finn'));
    const token = await bank.grant('Finn', { challengeId: challenge.id });
    const page = await bank.beginChallenge(challenge.id);
    expect((await page.verify(token)).status).toBe(200);
  });

  it('design: subject members stand in the digest exactly as sent, users are compared without case and spaces', async () => {
    const action = bank.action('  GreTa ');
    const { auditActionId, username, name, details } = action;
    const challenge = await bank.challenged(action);
    expect(challenge.subjectDigest).toBe(
      digestOf({ appId: bank.appId, username, name, auditActionId, details }),
    );
    expect(challenge.username).toBe('  GreTa ');
    const page = await bank.beginChallenge(challenge.id);
    const token = await bank.grant('greta', { flowId: page.flowId });
    expect((await page.verify(token)).status).toBe(200);
  });
});
