import { type Application, applicationSettings } from '@countersign/contracts';
import { MessageDatabase } from '../../test/message-system.ts';
import { type BudgetedMessage, MessageBudgets } from './message-budgets.ts';

describe('budgets of messages', () => {
  let base: MessageDatabase;
  let budgets: MessageBudgets;
  let apps = 0;
  let application: Pick<Application, 'appId' | 'settings'>;
  const appWith = (messageBudgets: object, more: object = {}) => {
    application = { appId: `app${++apps}`, settings: applicationSettings.parse({ messageBudgets, ...more }) };
  };
  const take = (more: Partial<BudgetedMessage> = {}) =>
    budgets.take({
      ...{ application, userId: 'u1', channel: 'sms', addressHash: 'h1', clientNetwork: '192.0.2.1' },
      ...more,
    });
  /** Moves all windows of one kind into the past, as time would. */
  const age = (scope: string, seconds: number) =>
    base.db.query(
      'UPDATE attempts SET expires_at = expires_at - make_interval(secs => $2) WHERE scope = $1 AND key LIKE $3',
      [`message-${scope}`, seconds, `${application.appId} %`],
    );
  const sent = () =>
    base.db.query<{ scope: string; count: number }>(
      "SELECT scope, count FROM attempts WHERE key LIKE $1 AND scope <> 'message-pause' ORDER BY scope",
      [`${application.appId} %`],
    );

  beforeAll(async () => {
    base = await MessageDatabase.open('budgets');
    budgets = new MessageBudgets(base.attempts);
  });
  afterAll(() => base.close());

  it('OTP-17: of 50 requests for one address at once, one message is sent, and nothing else is used up', async () => {
    appWith({});
    const answers = await Promise.all(Array.from({ length: 50 }, () => take()));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1);
    for (const { count } of await sent()) expect(count).toBe(1);
  });

  it('OTP-17: of 50 addresses of one client at once, no more than the limit get a message', async () => {
    appWith({ perClientHour: 7 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => take({ addressHash: `h${i}`, userId: `u${i}` })),
    );
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(7);
    const used = new Map((await sent()).map(({ scope, count }) => [scope, count]));
    expect([used.get('message-client'), used.get('message-application')]).toEqual([7, 7]);
  });

  it('OTP-17: the pause between messages to an address doubles from 30 s to 32 min', async () => {
    appWith({ perAddressHour: 100, perAddressDay: 100, perUserDay: 100, perClientHour: 100 });
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      expect((await take()).allowed).toBe(true);
      const { because, retryAfterSeconds } = await take();
      expect(because).toBe('pause');
      pauses.push(retryAfterSeconds);
      await age('pause', retryAfterSeconds);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1920, 1920, 1920]);
  });

  it('OTP-17: a right code has the pause start small again; the hard limits stay', async () => {
    appWith({ perAddressHour: 3 });
    for (let i = 0; i < 3; i++) {
      expect((await take()).allowed).toBe(true);
      await budgets.proven({ application, channel: 'sms', addressHash: 'h1' });
    }
    expect(await take()).toMatchObject({ allowed: false, because: 'address-hour' });
    await age('address-hour', 3_600);
    expect(await take()).toEqual({ allowed: true, retryAfterSeconds: 0 });
  });

  it.each([
    ['address-day', { perAddressDay: 2 }, () => ({})],
    ['user', { perUserDay: 2 }, (i: number) => ({ addressHash: `h${i}` })],
    ['client', { perClientHour: 2 }, (i: number) => ({ addressHash: `h${i}`, userId: `u${i}` })],
    [
      'prefix',
      { perPrefixDay: 2 },
      (i: number) => ({
        ...{ addressHash: `h${i}`, userId: `u${i}`, clientNetwork: `n${i}` },
        number: `+4915112345${i}`,
      }),
    ],
    [
      'application',
      { perDay: 2 },
      (i: number) => ({ addressHash: `h${i}`, userId: `u${i}`, clientNetwork: `n${i}` }),
    ],
  ])('OTP-17: the budget per %s holds, in this application only', async (because, limits, who) => {
    appWith(limits);
    for (let i = 0; i < 2; i++) {
      expect(await take(who(i))).toMatchObject({ allowed: true });
      await age('pause', 3_600);
    }
    expect(await take(who(2))).toMatchObject({ allowed: false, because });
    appWith(limits);
    expect(await take(who(2))).toMatchObject({ allowed: true });
  });

  it('OTP-17: SMS go to listed prefixes only, and a refusal uses nothing up', async () => {
    appWith({}, { smsPrefixes: ['+49', '+1242555'] });
    const to = (number: string) => take({ number, addressHash: number });
    expect(await to('+33612345678')).toEqual({
      allowed: false,
      retryAfterSeconds: 0,
      because: 'prefix-not-allowed',
    });
    expect(await to('+12425440123')).toMatchObject({ because: 'prefix-not-allowed' });
    expect(await sent()).toEqual([]);
    expect(await to('+12425550123')).toMatchObject({ allowed: true });
    expect(await to('+4915112345678')).toMatchObject({ allowed: true });
  });

  it('invariant 3: what was counted stays when the request rolls back', async () => {
    appWith({});
    const request = base.db.transaction(async () => {
      await take();
      throw new Error('a fault later in the request');
    });
    await expect(request).rejects.toThrow('a fault');
    expect(await take()).toMatchObject({ allowed: false, because: 'pause' });
  });
});
