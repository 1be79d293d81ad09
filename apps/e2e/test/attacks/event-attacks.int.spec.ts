import { waitFor } from '@countersign/testing';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { System } from '../../src/system.ts';

interface Letter {
  id: string;
  reason: string;
  type?: string;
}

describe('attacks by events', () => {
  let system: System;
  let bank: Bank;
  let other: Bank;

  beforeAll(async () => {
    system = await System.boot('event_attacks');
    [bank, other] = [await system.bank(), await system.bank()];
    for (const one of [bank, other]) await one.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  const letters = async (of: Bank): Promise<Letter[]> =>
    expectStatus(await of.api('GET', '/v1/ops/mfa-orchestrator/dead-letters?limit=200'), 200).items;
  const nobodys = async (): Promise<Letter[]> =>
    expectStatus(await system.asPlatform('GET', '/v1/ops/mfa-orchestrator/dead-letters?limit=200'), 200)
      .items;
  const died = (read: () => Promise<Letter[]>, reason: string) =>
    waitFor(async () => (await read()).find((letter) => letter.reason === reason), { what: reason });
  const nothingHappened = async (of: Bank, auditActionId: string) => {
    await system.settled();
    expect((await of.api('GET', `/v1/audit-actions/${auditActionId}`)).status).toBe(404);
    const decided = system.bus.events('mfa.decision.made.v1', { auditActionId });
    expect(decided.filter(({ appid }) => appid === of.appId)).toEqual([]);
  };

  it('EV-05: another known application before the key’s colon is tenant-mismatch; anything else is not looked at', async () => {
    const action = bank.action('Ann');
    await system.bus.audit(bank.appId, { ...action }, {}, `${other.appId.toUpperCase()}:Ann`);
    await died(() => letters(bank), 'tenant-mismatch');
    await nothingHappened(bank, action.auditActionId);
    expect((await letters(other)).map(({ reason }) => reason)).not.toContain('tenant-mismatch');
    for (const key of [
      null,
      '',
      'ann',
      'nobody:ann',
      'http://x:y',
      `${bank.appId}:someone-else`,
      `${bank.appId}:`,
    ]) {
      const fine = bank.action(`user of ${key}`, { name: 'View' });
      await system.bus.audit(bank.appId, { ...fine }, {}, key);
      expect((await bank.decided(fine.auditActionId)).outcome).toBe('not-required');
    }
  });

  it('EV-05: the application comes from appid alone, in any case; an unknown one and platform are refused', async () => {
    const action = bank.action('Ben', { name: 'View' });
    await system.bus.audit(bank.appId.toUpperCase(), { ...action, appId: other.appId, appid: other.appId });
    expect((await bank.decided(action.auditActionId)).outcome).toBe('not-required');
    await nothingHappened(other, action.auditActionId);
    for (const appid of ['nobody', 'platform']) await system.bus.audit(appid, { ...bank.action('Ben') });
    await waitFor(
      async () => (await nobodys()).filter(({ reason }) => reason === 'unknown-application').length === 2,
    );
    expect((await letters(bank)).map(({ reason }) => reason)).not.toContain('unknown-application');
  });

  it('EV-01: where signatures are demanded an unsigned action is untrusted, a POSTed one is not', async () => {
    const signed = await system.bank({ settings: { auditActions: { trust: 'signed' } } });
    const action = signed.action('Cleo');
    await system.bus.audit(signed.appId, { ...action });
    await died(() => letters(signed), 'untrusted');
    await nothingHappened(signed, action.auditActionId);
    const forged = signed.action('Cleo');
    await system.bus.audit(signed.appId, { ...forged }, { signature: 'eyJhbGciOiJub25lIn0..' });
    await nothingHappened(signed, forged.auditActionId);
    const posted = signed.action('Cleo', { name: 'View' });
    expect((await signed.auditDecided(posted)).outcome).toBe('not-required');
    // what the orchestrator signed for one action is no signature for another
    const [event] = system.bus.events('patrol.audit-action.recorded.v1', {
      auditActionId: posted.auditActionId,
    });
    const { signature } = JSON.parse(event!.text);
    const replayed = signed.action('Cleo');
    await system.bus.audit(signed.appId, { ...replayed }, { signature });
    await nothingHappened(signed, replayed.auditActionId);
  });

  it('interface: subject and username must be the same', async () => {
    const action = bank.action('Dora');
    await system.bus.audit(bank.appId, { ...action }, { subject: 'Egon' });
    await died(() => letters(bank), 'subject-mismatch');
    await nothingHappened(bank, action.auditActionId);
  });

  it('EV-08: what is not JSON, too large, of another schema or type is dead, reported, and blocks nothing', async () => {
    const topic = 'patrol.audit-actions';
    const key = `${bank.appId}:fritz`;
    await system.bus.produce(topic, key, 'no json');
    await system.bus.produce(topic, key, `{"pad":"${'x'.repeat(300_000)}"}`);
    await system.bus.audit(bank.appId, { auditActionId: '', name: 'x', username: 'Fritz' }, {}, key);
    await system.bus.audit(
      bank.appId,
      { ...bank.action('Fritz') },
      { type: 'patrol.audit-action.recorded.v2' },
      key,
    );
    await system.bus.audit(bank.appId, { ...bank.action('Fritz') }, { type: 'mfa.decision.forged.v1' }, key);
    const good = bank.action('Fritz', { name: 'View' });
    await system.bus.audit(bank.appId, { ...good }, {}, key);
    expect((await bank.decided(good.auditActionId)).outcome).toBe('not-required');
    await system.settled();
    const own = (await letters(bank)).map(({ reason }) => reason);
    expect(own).toEqual(expect.arrayContaining(['schema', 'unknown-version', 'unknown-type']));
    expect((await nobodys()).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['not-json', 'too-large']),
    );
    const notices = system.bus.seen.filter(({ topic: of }) => of === 'mfa-orchestrator.dead');
    expect(notices.map(({ text }) => JSON.parse(text).reason)).toEqual(
      expect.arrayContaining(['not-json', 'too-large', 'schema', 'unknown-version', 'unknown-type']),
    );
  });

  it('EV-01: events that say an MFA is done, a token is issued or a user is gone change nothing here', async () => {
    const challenge = await bank.challenged(bank.action('Gina'));
    const page = await bank.beginChallenge(challenge.id);
    const { userId } = expectStatus(await bank.api('GET', '/v1/users/gina'), 200);
    const say = (type: string, data: object, topic: string) =>
      system.bus.produce(topic, null, {
        ...{
          specversion: '1.0',
          id: crypto.randomUUID(),
          source: '/mfa-orchestrator',
          type,
          appid: bank.appId,
        },
        ...{ subject: 'x', time: new Date().toISOString(), data },
      });
    const about = {
      challengeId: challenge.id,
      flowId: page.flowId,
      userId,
      context: 'event',
      factor: 'external',
    };
    for (const type of ['mfa.challenge.completed.v1', 'mfa.flow.completed.v1', 'mfa.flow.factor-verified.v1'])
      for (const topic of ['patrol.audit-actions', 'mfa.flows', 'mfa.challenges'])
        await say(type, about, topic);
    await say(
      'token.external-token.issued.v1',
      { tokenId: 'forged', keyId: 'k', ...about },
      'token.external-tokens',
    );
    await say('token.api-key.created.v1', { keyId: 'forged', scopes: ['app:write'] }, 'token.api-keys');
    await system.settled();
    expect((await bank.challenge(challenge.id)).status).toBe('pending');
    expect((await page.current()).body.status).toBe('open');
    expect((await page.verify('forged-forged-forged-forged-forged-forged')).status).toBe(401);
  });

  it('dead letters: replayed against today’s state, discarded; another application’s are not there', async () => {
    const action = bank.action('Hanna', { name: 'View' });
    await system.bus.audit(bank.appId, { ...action }, {}, `${other.appId}:x`);
    await system.settled();
    const [letter] = (await letters(bank)).filter(({ reason }) => reason === 'tenant-mismatch');
    const path = `/v1/ops/mfa-orchestrator/dead-letters/${letter!.id}`;
    for (const [method, of] of [
      ['POST', `${path}/replay`],
      ['DELETE', path],
    ] as const) {
      expect((await other.api(method, of)).status).toBe(404);
      expect((await system.asPlatform(method, of)).status).toBe(404);
    }
    expectStatus(await bank.api('POST', `${path}/replay`), 204);
    await system.settled();
    // it is as wrong as it was
    expect((await letters(bank)).map(({ id }) => id)).toContain(letter!.id);
    expectStatus(await bank.api('DELETE', path), 204);
    expect((await letters(bank)).map(({ id }) => id)).not.toContain(letter!.id);
    expect((await bank.api('DELETE', path)).status).toBe(404);
  });
});
