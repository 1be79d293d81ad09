import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort, waitFor } from '@countersign/testing';
import { type SmsSink, smsSink, type SmtpSink, smtpSink } from '../../test/message-providers.ts';
import { MessageDatabase, MessageProcess } from '../../test/message-system.ts';

const NUMBER = '+4915112345678';

describe('providers that are out', () => {
  let base: MessageDatabase;
  let one: MessageProcess;
  let smtp: SmtpSink;
  let sms: SmsSink;
  let otherSms: SmsSink;
  let nobody: number;
  const using = (config: { smtp?: string[]; sms?: string[] }): MessageProcess =>
    (one = new MessageProcess(base, {
      email: { urls: config.smtp ?? [smtp.url], from: 'no-reply@countersign.example' },
      sms: { urls: config.sms ?? [sms.url], from: '+15005550006' },
    }));
  const planSms = () => one.plan({ channel: 'sms', to: NUMBER });
  const ended = async (id: string | undefined, state: string) => {
    await waitFor(async () => (await base.row(id)).state === state, { what: `a message that is ${state}` });
    return base.row(id);
  };

  beforeAll(async () => {
    base = await MessageDatabase.open('outage');
    [smtp, sms, otherSms, nobody] = [await smtpSink(), await smsSink(), await smsSink(), await freePort()];
  });
  beforeEach(() => {
    for (const sink of [sms, otherSms]) [sink.status, sink.body, sink.requests.length] = [201, '{}', 0];
    smtp.mails.length = 0;
  });
  afterEach(() => one.close());
  afterAll(async () => {
    await Promise.all([smtp.close(), sms.close(), otherSms.close()]);
    await base.close();
  });

  it('an e-mail goes by the next server, which is then asked first for a minute', async () => {
    using({ smtp: [`smtp://127.0.0.1:${nobody}`, smtp.url] });
    const [broken, working] = one.channels.get('email')!.providers;
    expect(await ended(await one.plan(), 'sent')).toMatchObject({
      provider: new URL(smtp.url).host,
      attempts: 1,
    });
    expect(one.health.inOrder('email')).toEqual([working, broken]);
    expect(one.health.isDown('email')).toBe(false);
    one.clock.advance(61);
    expect(one.health.inOrder('email')).toEqual([broken, working]);
  });

  it.each([
    ['answers 503', () => (sms.status = 503)],
    ['answers 429', () => (sms.status = 429)],
    ['knows the account no more', () => (sms.status = 401)],
    ['wants to send us elsewhere (security 36)', () => (sms.status = 307)],
  ])('an SMS goes by the next provider where the first %s', async (_what, breaks) => {
    using({ sms: [sms.url, otherSms.url] });
    breaks();
    await ended(await planSms(), 'sent');
    expect([sms.requests.length, otherSms.requests.length]).toEqual([1, 1]);
    await ended(await planSms(), 'sent');
    expect([sms.requests.length, otherSms.requests.length]).toEqual([1, 2]);
  });

  it.each([
    ['breaks off', 0, 'ECONNRESET'],
    ['answers 504', 504, 'http 504'],
  ])(
    'an SMS is with nobody else where the first provider %s: it may have been sent',
    async (_what, status, failure) => {
      using({ sms: [sms.url, otherSms.url] });
      sms.status = status;
      expect(await ended(await planSms(), 'unknown')).toMatchObject({ sealed: null, failure });
      expect(otherSms.requests).toHaveLength(0);
      // but the one that follows, which the user asks for, goes the other way
      await ended(await planSms(), 'sent');
      expect([sms.requests.length, otherSms.requests.length]).toEqual([1, 1]);
    },
  );

  it('a number that does not exist is not tried again', async () => {
    using({});
    [sms.status, sms.body] = [400, '{"code":21211,"message":"The To number +4915112345678 is not valid"}'];
    expect(await ended(await planSms(), 'failed')).toMatchObject({
      attempts: 1,
      failure: 'http 400 (21211)',
    });
    expect(one.health.isDown('sms')).toBe(false);
    expect(base.logs.join('')).not.toContain(NUMBER);
  });

  it('a channel is down when every provider failed within the minute; a message waits for it and is sent later', async () => {
    using({ sms: [sms.url, otherSms.url] });
    [sms.status, otherSms.status] = [503, 503];
    const id = await planSms();
    await waitFor(
      async () => (await base.row(id)).attempts === 1 && (await base.row(id)).state === 'planned',
    );
    expect([one.health.isDown('sms'), one.health.isDown('email')]).toEqual([true, false]);
    sms.status = 201;
    await waitFor(async () => {
      await one.messages.sendDue();
      return (await base.row(id)).state === 'sent';
    });
    expect((await base.row(id)).attempts).toBeGreaterThan(1);
    expect(one.health.isDown('sms')).toBe(false);
  });

  it('what cannot be sent while it is useful ends as failed, without another attempt', async () => {
    using({ sms: [sms.url] });
    sms.status = 503;
    const id = await one.plan({ channel: 'sms', to: NUMBER, usefulSeconds: 1 });
    expect(await ended(id, 'failed')).toMatchObject({ sealed: null, attempts: 1, failure: 'http 503' });
  });

  it('a server that accepts connections and says nothing holds up nothing else', async () => {
    const silent: Server = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    using({ smtp: [`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`] });
    await one.plan();
    await ended(await planSms(), 'sent');
    one.channels.onApplicationShutdown();
    await new Promise((resolve) => silent.close(resolve));
  }, 20_000);

  it('a channel without providers is not offered, and nothing is planned for it', async () => {
    one = new MessageProcess(base, {});
    expect([await planSms(), await one.plan()]).toEqual([undefined, undefined]);
    expect([one.messages.offered.size, one.health.isDown('email')]).toEqual([0, true]);
  });
});
