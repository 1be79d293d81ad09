import { randomUUID } from 'node:crypto';
import { waitFor } from '@countersign/testing';
import type { AuditAction, Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { digestOf } from '../../src/decision.ts';
import { System } from '../../src/system.ts';

describe('design: one audit action id stands for one content', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('same_id');
    bank = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterAll(() => system?.close());

  const base = (): AuditAction =>
    bank.action('Ann', { details: { iban: 'DE1', amount: 5, note: null, to: ['a', 'b'] } });
  const deadReasons = async () => {
    const { body } = await bank.api('GET', '/v1/ops/mfa-orchestrator/dead-letters?limit=200');
    return body.items.map(({ reason }: { reason: string }) => reason) as string[];
  };
  /** The same id with one member changed. */
  const changes: [string, (action: AuditAction) => AuditAction][] = [
    ['username', (action) => ({ ...action, username: 'Bob' })],
    ['the case of the username', (action) => ({ ...action, username: 'ann' })],
    ['name', (action) => ({ ...action, name: 'ChangeIban' })],
    ['the case of the name', (action) => ({ ...action, name: 'changeaddress' })],
    ['a value', (action) => ({ ...action, details: { iban: 'DE2', amount: 5, note: null, to: ['a', 'b'] } })],
    [
      'a number’s type',
      (action) => ({ ...action, details: { iban: 'DE1', amount: '5', note: null, to: ['a', 'b'] } }),
    ],
    ['null for absent', (action) => ({ ...action, details: { iban: 'DE1', amount: 5, to: ['a', 'b'] } })],
    [
      'the order of a list',
      (action) => ({ ...action, details: { iban: 'DE1', amount: 5, note: null, to: ['b', 'a'] } }),
    ],
    [
      'one member more',
      (action) => ({ ...action, details: { iban: 'DE1', amount: 5, note: null, to: ['a', 'b'], x: 0 } }),
    ],
    ['no details', ({ details: _, ...action }) => action],
  ];

  it.each(changes)(
    'REST: %s changed under the same id is 409, changes nothing, and has another digest',
    async (_, change) => {
      const action = base();
      const first = expectStatus(await bank.api('POST', '/v1/audit-actions', action), 202);
      const other = change(action);
      const { status, body } = await bank.api('POST', '/v1/audit-actions', other);
      expect([status, body.code, body.field]).toEqual([409, 'mfa/audit-action-conflict', 'auditActionId']);
      const { auditActionId, username, name, details } = other;
      expect(digestOf({ appId: bank.appId, username, name, auditActionId, details })).not.toBe(
        first.subjectDigest,
      );
      const shown = await bank.api('GET', `/v1/audit-actions/${auditActionId}`);
      expect(shown.body.subjectDigest).toBe(first.subjectDigest);
    },
  );

  it('another application’s action of that id and content is another one, with another digest', async () => {
    const action = base();
    const other = await system.bank();
    const first = expectStatus(await bank.api('POST', '/v1/audit-actions', action), 202);
    const second = expectStatus(await other.api('POST', '/v1/audit-actions', action), 202);
    expect(second.subjectDigest).not.toBe(first.subjectDigest);
  });

  it('REST: the same once more, in any order of members: same answer, one event, one challenge', async () => {
    const action = { ...base(), username: 'Rita' };
    const { details, ...rest } = action;
    const turned = { details: Object.fromEntries(Object.entries(details as object).reverse()), ...rest };
    const answers = await Promise.all(
      [action, turned, action, turned, action].map((body) => bank.api('POST', '/v1/audit-actions', body)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    await system.settled();
    const { auditActionId } = action;
    expect(system.bus.events('patrol.audit-action.recorded.v1', { auditActionId })).toHaveLength(1);
    expect(system.bus.events('mfa.challenge.required.v1', { auditActionId })).toHaveLength(1);
    const shown = await bank.api('GET', `/v1/audit-actions/${auditActionId}`);
    await bank.approve({ id: shown.body.challengeId, username: 'Rita' });
    // after the decision too
    expect((await bank.api('POST', '/v1/audit-actions', action)).text).toBe(answers[0]!.text);
    await system.settled();
    expect(system.bus.events('mfa.decision.made.v1', { auditActionId })).toHaveLength(1);
  });

  it('EV-02: the same event five times, and the same content as five events: one challenge', async () => {
    const action = bank.action('Eve');
    const event = await system.bus.audit(bank.appId, { ...action });
    for (let n = 0; n < 4; n++) await system.bus.produce('patrol.audit-actions', null, event);
    for (let n = 0; n < 4; n++) await system.bus.audit(bank.appId, { ...action });
    await system.settled();
    const { auditActionId } = action;
    expect(system.bus.events('mfa.challenge.required.v1', { auditActionId })).toHaveLength(1);
    expect(await deadReasons()).not.toContain('id-conflict');
  });

  it('bus: other content under the same audit action id is dead, content-conflict; the first stands', async () => {
    const action = bank.action('Finn');
    await system.bus.audit(bank.appId, { ...action });
    await system.bus.audit(bank.appId, { ...action, details: { street: 'Evil Street 666' } });
    await waitFor(async () => (await deadReasons()).includes('content-conflict'), {
      what: 'the dead letter',
    });
    const { auditActionId, username, name, details } = action;
    const { body } = await bank.api('GET', `/v1/audit-actions/${auditActionId}`);
    expect(body.subjectDigest).toBe(digestOf({ appId: bank.appId, username, name, auditActionId, details }));
    await system.settled();
    const notices = system.bus.seen.filter(({ topic }) => topic === 'mfa-orchestrator.dead');
    expect(notices.map(({ text }) => JSON.parse(text).reason)).toContain('content-conflict');
    expect(notices.map(({ text }) => text).join('')).not.toContain('Evil');
  });

  it('bus: another event under the same event id is dead, id-conflict', async () => {
    const id = randomUUID();
    await system.bus.audit(bank.appId, { ...bank.action('Gerd') }, { id });
    const other = bank.action('Gerd');
    await system.bus.audit(bank.appId, { ...other }, { id });
    await waitFor(async () => (await deadReasons()).includes('id-conflict'), { what: 'the dead letter' });
    expect((await bank.api('GET', `/v1/audit-actions/${other.auditActionId}`)).status).toBe(404);
  });

  it('interface: a time more than 60 s ahead is refused, by REST with 400, on the bus as dead', async () => {
    const ahead = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
    const posted = await bank.api(
      'POST',
      '/v1/audit-actions',
      bank.action('Hugo', { occurredAt: ahead(90) }),
    );
    expect([posted.status, posted.body.code, posted.body.field]).toEqual([
      400,
      'mfa/audit-action-time',
      'occurredAt',
    ]);
    expect(
      (await bank.api('POST', '/v1/audit-actions', bank.action('Hugo', { occurredAt: ahead(30) }))).status,
    ).toBe(202);
    await system.bus.audit(bank.appId, { ...bank.action('Hugo') }, { time: ahead(90) });
    await waitFor(async () => (await deadReasons()).includes('time-in-future'), { what: 'the dead letter' });
  });
});
