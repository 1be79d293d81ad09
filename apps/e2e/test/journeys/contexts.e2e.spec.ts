import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { digestOf, verifiedDecision, verifiedPayload } from '../../src/decision.ts';
import { System } from '../../src/system.ts';

describe('the contexts login, transaction and event', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('contexts');
    bank = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  it('seed Q4: a transaction challenge authorises exactly the listed transactions', async () => {
    const transactionIds = ['tx-b', 'tx-a'];
    const payload = 'Pay 100 € to Ann';
    const challenge = await bank.transaction('Ada', { transactionIds, payload });
    const digest = digestOf({
      appId: bank.appId,
      username: 'Ada',
      transactionIds: ['tx-a', 'tx-b'],
      payload,
    });
    expect(challenge).toMatchObject({ context: 'transaction', status: 'pending', subjectDigest: digest });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    expect((await page.current()).body).toMatchObject({
      isAuthenticated: true,
      mfaInfo: { mfa_context: 'transaction', transaction_ids: ['tx-a', 'tx-b'] },
    });
    const done = expectStatus(await page.verify(await bank.grant('Ada', { flowId: page.flowId })), 200);
    expect([done.accessToken, done.idToken]).toEqual(['', '']);
    expect(Buffer.from(done.payload, 'base64').toString('utf8')).toBe(payload);
    const claims = await verifiedDecision(bank, done.payloadSignature);
    expect(claims).toMatchObject({
      outcome: 'allowed',
      transaction_ids: ['tx-a', 'tx-b'],
      subject_digest: digest,
      challenge_id: challenge.id,
    });
    expect(claims).not.toHaveProperty('audit_action_id');
    await system.settled();
    const events = system.bus.events('mfa.decision.made.v1', { challengeId: challenge.id });
    expect(events.map(({ key }) => key)).toEqual([`${bank.appId}:${challenge.id}`]);
  });

  it('interface: a payload without a ticket is a transaction flow without challenge or decision', async () => {
    const payload = 'Zahle 5 € – ünïcode';
    const page = await bank.begin({ user: { username: 'Bert' }, payload });
    expect((await page.current()).body).toMatchObject({
      isAuthenticated: false,
      mfaInfo: { mfa_context: 'transaction' },
    });
    const loose = await page.verify(await bank.grant('Bert'));
    // a grant that names no flow is good for login flows alone (invariant 1)
    expect([loose.status, loose.body.session]).toEqual([401, undefined]);
    const done = expectStatus(await page.verify(await bank.grant('Bert', { flowId: page.flowId })), 200);
    const claims = await verifiedPayload(bank, done.payloadSignature);
    expect(claims).toMatchObject({ payload, flow_id: page.flowId, amr: ['ext'] });
    await expect(verifiedDecision(bank, done.payloadSignature)).rejects.toThrow();
    expect(done.accessToken).toBe('');
    await system.settled();
    expect(system.bus.events('mfa.decision.made.v1').map(({ data }) => data.flowId)).not.toContain(
      page.flowId,
    );
    expect((await bank.api('GET', '/v1/challenges?username=bert')).body.items).toEqual([]);
  });

  it('seed Q5: mfaInfo holds only the keys of its context, and values only where there are any', async () => {
    await bank.policy('with-provider', {
      offers: ['external'],
      satisfiedBy: [['external']],
      externalProvider: 'Acme',
    });
    const bare = await bank.transaction('Cleo', { requires: 'with-provider' });
    const infoOf = async (challenge: { id: string }) => (await bank.challenge(challenge.id)).mfaInfo;
    expect(Object.keys(await infoOf(bare))).toEqual(['mfa_context', 'transaction_ids']);

    expectStatus(await bank.api('PUT', '/v1/sso-identifiers/cleo', { value: 'sso-4711' }), 204);
    expectStatus(await bank.api('PUT', '/v1/mfa-registrations/cleo/Acme', { value: 'device-1' }), 204);
    expectStatus(await bank.api('PUT', '/v1/mfa-registrations/cleo/Other', { value: 'device-2' }), 204);
    expect(await infoOf(bare)).toEqual({
      mfa_context: 'transaction',
      transaction_ids: expect.any(Array),
      registration_value: 'device-1',
      sso_identifier: 'sso-4711',
    });
    // the policy names no provider: no registration value
    expect(Object.keys(await infoOf(await bank.transaction('Cleo')))).toEqual([
      'mfa_context',
      'transaction_ids',
      'sso_identifier',
    ]);
    // a flow with a ticket reads it too, one that proved nothing does not
    const page = await bank.begin({ beginTicket: await bank.ticket(bare.id) });
    expect((await page.current()).body.mfaInfo.registration_value).toBe('device-1');
    const login = await bank.login('Cleo');
    expect((await login.current()).body.mfaInfo).toEqual({ mfa_context: 'login' });
  });

  it('seed Q8: leaving the flow is no success; the challenge stays pending and may be begun again', async () => {
    const challenge = await bank.challenged(bank.action('Doro'));
    const page = await bank.beginChallenge(challenge.id);
    const token = await bank.grant('Doro', { flowId: page.flowId });
    expectStatus(await page.abandon(), 204);
    const after = await page.verify(token);
    expect([after.status, after.body.session]).toEqual([401, undefined]);
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    await system.settled();
    expect(system.bus.events('mfa.flow.abandoned.v1', { flowId: page.flowId })).toHaveLength(1);
    expect((await verifiedDecision(bank, await bank.approve(challenge))).outcome).toBe('allowed');
  });

  it('contracts L9: whatever the application did, claimed methods count as far as the key may claim them', async () => {
    const { key } = await bank.key(['external:verify'], { amr: ['pwd', 'otp'], acr: 'aal2' });
    const page = await bank.login('Emil');
    const token = await bank.grant('Emil', { flowId: page.flowId, amr: ['pwd', 'hwk', 'ext'] }, key);
    const { accessToken } = expectStatus(await page.verify(token), 200);
    const { verifiedAccessToken } = await import('../../src/decision.ts');
    expect(await verifiedAccessToken(bank, accessToken)).toMatchObject({ amr: ['ext', 'pwd'], acr: 'aal2' });
  });

  it('interface: a challenge is for that user; its ticket is single use and leads nowhere else', async () => {
    const challenge = await bank.transaction('Fritz');
    const { beginTicket } = challenge;
    const other = await system.bank();
    expect((await other.tryBegin({ beginTicket })).status).toBe(401);
    expect((await bank.tryBegin({ beginTicket, user: { username: 'Gerd' } })).status).toBe(401);
    const foreign = await bank.transaction('Fritz');
    expect((await bank.tryBegin({ beginTicket, challengeId: foreign.id })).status).toBe(401);
    // what was refused has not spent the ticket
    expect((await bank.tryBegin({ beginTicket, user: { username: 'FRITZ' } })).status).toBe(200);
    const again = await bank.tryBegin({ beginTicket });
    expect([again.status, again.body.session]).toEqual([401, undefined]);
    for (const wrong of ['', 'cst_x', challenge.id, 'x'.repeat(129)])
      expect([400, 401]).toContain((await bank.tryBegin({ beginTicket: wrong })).status);
  });

  it('interface: the same transactions under another payload are a conflict, not an update', async () => {
    const transactionIds = ['tx-1', 'tx-2'];
    const first = await bank.transaction('Hugo', { transactionIds, payload: '1 €' });
    const body = { context: 'transaction', username: 'Hugo', transactionIds: ['tx-2'], payload: '1000 €' };
    const second = await bank.api('POST', '/v1/challenges', body);
    expect([second.status, second.body.code, second.body.challengeId]).toEqual([
      409,
      'mfa/transaction-conflict',
      first.id,
    ]);
    // the very same subject may be asked once more, and another user's transaction of that name is another one
    expect((await bank.transaction('Hugo', { transactionIds, payload: '1 €' })).status).toBe('pending');
    expect((await bank.transaction('Ida', { transactionIds, payload: '2 €' })).status).toBe('pending');
  });
});
