import { waitFor } from '@countersign/testing';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { StreamReader } from '../../src/challenge-stream.ts';
import { System } from '../../src/system.ts';

const types = (events: { event: string }[]) => events.map(({ event }) => event);

describe('interface: GET /v1/challenges/stream', () => {
  let system: System;
  let bank: Bank;
  let other: Bank;
  const readers: StreamReader[] = [];

  beforeAll(async () => {
    system = await System.boot('stream');
    bank = await system.bank();
    other = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
  });
  afterEach(() => readers.splice(0).forEach((reader) => reader.close()));
  afterAll(() => system?.close());

  const open = async (of: Bank, lastEventId?: string) => {
    const reader = await StreamReader.open(of, lastEventId);
    readers.push(reader);
    return reader;
  };

  it('tells challenges as they open and end, in order, and nothing of other applications', async () => {
    const before = await bank.transaction('Zoe');
    const [reader, foreign] = [await open(bank), await open(other)];
    const completed = await bank.transaction('Ann');
    const elsewhere = await other.transaction('Ann');
    await bank.approve({ id: completed.id, username: 'Ann' });
    const cancelled = await bank.challenged(bank.action('Ben'));
    expectStatus(await bank.api('POST', `/v1/challenges/${cancelled.id}/cancel`), 200);
    const denied = await bank.transaction('Cleo');
    expectStatus(await (await bank.begin({ beginTicket: denied.beginTicket })).deny(), 204);

    const events = await reader.of([completed.id, cancelled.id, denied.id], 6);
    const named = (name: string) => `mfa.challenge.${name}.v1`;
    expect(types(events)).toEqual(
      ['required', 'completed', 'required', 'cancelled', 'required', 'denied'].map(named),
    );
    expect(events[1]!.data).toMatchObject({
      id: completed.id,
      status: 'completed',
      decision: expect.any(String),
    });
    await foreign.of([elsewhere.id], 1);
    expect(foreign.events.map(({ data }) => data.id)).toEqual([elsewhere.id]);
    expect(reader.events.map(({ data }) => data.id)).not.toContain(elsewhere.id);
    expect(reader.events.map(({ data }) => data.id)).not.toContain(before.id);
  });

  it('is resumed with Last-Event-ID: what came in between, each once, in order', async () => {
    const first = await open(bank);
    const a = await bank.transaction('Dora');
    const [seen] = await first.of([a.id], 1);
    first.close();
    await waitFor(() => first.ended);
    const missed = [
      await bank.transaction('Dora'),
      await bank.transaction('Dora'),
      await bank.transaction('Dora'),
    ];
    const again = await open(bank, seen!.id);
    const live = await bank.transaction('Dora');
    const ids = [...missed, live].map(({ id }) => id as string);
    const events = await again.of(ids, 4);
    expect(events.map(({ data }) => data.id)).toEqual(ids);
    expect(again.events.map(({ data }) => data.id)).not.toContain(a.id);
    // an id is good for a position, not for what it shows: another application resumes at it and sees its own
    const foreign = await open(other, seen!.id);
    const own = await other.transaction('Dora');
    await foreign.of([own.id], 1);
    expect(foreign.events.every(({ data }) => !ids.includes(data.id))).toBe(true);
  });

  it.each(['', 'x', '1', '-1-1', '1-2-3', `1-1'--`, '18446744073709551616-1', '1-9999999999999999999'])(
    'API-04: Last-Event-ID %j is refused with 400, not followed in silence',
    async (lastEventId) => {
      const { status, body } = await bank.api('GET', '/v1/challenges/stream', undefined, {
        headers: { 'last-event-id': lastEventId },
      });
      expect([status, body.code]).toEqual([400, 'request/invalid']);
    },
  );

  it('needs challenge:read', async () => {
    const { key } = await bank.key(['challenge:write']);
    const { bearer } = await import('../../src/http.ts');
    const of = (authorization?: string) => bank.call('GET', '/v1/challenges/stream', { authorization });
    expect((await of()).status).toBe(401);
    expect((await of(bearer(key))).status).toBe(403);
  });

  it('ends when the system closes, at once', async () => {
    const own = await System.boot('stream_close');
    const reader = await StreamReader.open(await own.bank());
    const started = performance.now();
    await own.close();
    expect(performance.now() - started).toBeLessThan(5_000);
    await waitFor(() => reader.ended, { timeoutMs: 1_000, what: 'the end of the stream' });
  });
});
