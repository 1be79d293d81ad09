import type { Bank } from '../../src/bank.ts';
import type { Answer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

const times = <T>(n: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, index) => work(index)));
const statuses = (answers: Answer[]) =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((status) => [
      status,
      answers.filter((answer) => answer.status === status).length,
    ]),
  );

describe('begins in parallel', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('begins');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  it('interface: of 20 parallel begins with one ticket one begins', async () => {
    const { beginTicket } = await bank.transaction('Hans');
    const answers = await times(20, () => bank.tryBegin({ beginTicket }));
    expect(statuses(answers)).toEqual({ 200: 1, 401: 19 });
  });

  it('design: parallel begins keep within three proven flows of a user; what is refused spends no ticket', async () => {
    const challenge = await bank.transaction('Inga');
    const tickets = [challenge.beginTicket];
    for (let n = 0; n < 7; n++) tickets.push(await bank.ticket(challenge.id));
    const answers = await times(8, (n) => bank.tryBegin({ beginTicket: tickets[n] }));
    expect(statuses(answers)).toEqual({ 200: 3, 400: 5 });
    const first = answers.find(({ status }) => status === 200)!;
    const left = await bank.call('POST', '/fido2/v2/mfa/abandon', {
      authorization: first.body.session,
      body: {},
    });
    expect(left.status).toBe(204);
    const spared = tickets[answers.findIndex(({ status }) => status === 400)];
    expect((await bank.tryBegin({ beginTicket: spared })).status).toBe(200);
  });

  it('design: parallel begins keep within the open flows of a client address; others are not hindered', async () => {
    const small = await system.bank({ settings: { openFlowsPerClientAddress: 10 } });
    const begin = (n: number, from?: string) => small.tryBegin({ user: { username: `u${n}` } }, { from });
    expect(statuses(await times(30, (n) => begin(n)))).toEqual({ 200: 10, 400: 20 });
    // OTP-05: whatever a client claims about its address
    const spoofed = {
      'x-forwarded-for': '203.0.113.7',
      forwarded: 'for=203.0.113.7',
      'x-real-ip': '203.0.113.7',
    };
    const claimed = await small.tryBegin({ user: { username: 'u' } }, { headers: spoofed });
    expect(claimed.status).toBe(400);
    expect((await begin(1, '127.0.0.2')).status).toBe(200);
    expect((await bank.tryBegin({ user: { username: 'u' } })).status).toBe(200);
    // they neither block nor evict a flow with a ticket
    const challenge = await small.transaction('u1');
    const page = await small.begin({ beginTicket: challenge.beginTicket });
    await times(10, (n) => begin(n));
    expect((await page.current()).status).toBe(200);
  });
});
