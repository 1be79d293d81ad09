import { CrashPoints } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { type SmsSink, smsSink, type SmtpSink, smtpSink } from '../../test/message-providers.ts';
import { MessageDatabase, MessageProcess } from '../../test/message-system.ts';

const CODE = '836142';

describe('sending messages', () => {
  let base: MessageDatabase;
  let smtp: SmtpSink;
  let sms: SmsSink;
  const processes: MessageProcess[] = [];
  const process = (crash?: CrashPoints): MessageProcess => {
    const email = { urls: [smtp.url], from: 'Countersign <no-reply@countersign.example>' };
    const one = new MessageProcess(base, { email, sms: { urls: [sms.url], from: '+15005550006' } }, crash);
    processes.push(one);
    return one;
  };
  const ended = (id: string | undefined, state: string) =>
    waitFor(async () => (await base.row(id)).state === state, { what: `a message that is ${state}` });

  beforeAll(async () => {
    base = await MessageDatabase.open('sending');
    [smtp, sms] = [await smtpSink(), await smsSink()];
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.close()));
    await base.db.query('DELETE FROM messages');
    smtp.mails.length = sms.requests.length = 0;
    [smtp.refuse, sms.status] = [undefined, 201];
  });
  afterAll(async () => {
    await Promise.all([smtp.close(), sms.close()]);
    await base.close();
  });

  it('design: an e-mail goes out by itself after the commit, as text and as HTML, with a stable Message-ID', async () => {
    const id = await process().plan({ subject: 'Your code for Demo bank', code: CODE });
    await ended(id, 'sent');
    const { to, raw } = smtp.mails[0]!;
    expect(to).toEqual(['dana@bank.example']);
    for (const part of [
      'From: Countersign <no-reply@',
      'Subject: Your code for Demo bank',
      'text/plain',
      'text/html',
    ])
      expect(raw).toContain(part);
    expect(raw).toContain(`Message-ID: <${id}@countersign.example>`);
    expect(raw).toContain('Auto-Submitted: auto-generated');
  });

  it('contracts 4.1: an SMS goes to Twilio’s API, form-encoded, with the account’s credentials', async () => {
    const id = await process().plan({ channel: 'sms', to: '+4915112345678' });
    await ended(id, 'sent');
    const { path, headers, form } = sms.requests[0]!;
    expect(path).toBe('/phone/sms/2010-04-01/Accounts/AC0123/Messages.json');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('AC0123:s@cret').toString('base64')}`);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(form)).toEqual({
      To: '+4915112345678',
      From: '+15005550006',
      Body: '836142 is your code for Demo bank.',
    });
  });

  it('invariant 2: two processes that look at the same time send each message once', async () => {
    const [one, two] = [process(), process()];
    const ids: (string | undefined)[] = [];
    await base.db.transaction(async (tx) => {
      for (let i = 0; i < 40; i++)
        ids.push(
          await one.messages.plan(tx, {
            ...{
              appId: 'demo',
              userId: 'u1',
              kind: 'otp',
              usefulSeconds: 300,
              text: `${100_000 + i} is your code`,
            },
            ...(i % 2
              ? { channel: 'sms', to: `+49151${10_000_000 + i}` }
              : { channel: 'email', to: `u${i}@bank.example` }),
          }),
        );
    });
    await Promise.all([one, two].flatMap((each) => [each.messages.sendDue(), each.messages.sendDue()]));
    await waitFor(async () => (await base.rows()).every(({ state }) => state === 'sent'));
    expect(smtp.mails.map(({ to }) => to[0]).toSorted()).toEqual(
      ids.flatMap((_, i) => (i % 2 ? [] : [`u${i}@bank.example`])).toSorted(),
    );
    expect(new Set(sms.requests.map(({ form }) => form.get('To'))).size).toBe(20);
    expect(sms.requests).toHaveLength(20);
  });

  it('a message planned in a transaction that rolls back is never sent', async () => {
    const one = process();
    const work = base.db.transaction(async (tx) => {
      await one.messages.plan(tx, {
        ...{ appId: 'demo', userId: 'u1', kind: 'otp', channel: 'email', to: 'dana@bank.example' },
        ...{ text: 'x', usefulSeconds: 60 },
      });
      throw new Error('something else went wrong');
    });
    await expect(work).rejects.toThrow('something else');
    expect(await one.messages.sendDue()).toBe(0);
    expect([smtp.mails, await base.rows()]).toEqual([[], []]);
  });

  describe('a process that dies between hand-over and writing it down', () => {
    const dying = () =>
      new CrashPoints('message-handed-over', () => {
        throw new Error('gone');
      });

    it('an e-mail is handed over again, with the same Message-ID', async () => {
      const id = await process(dying()).plan();
      await waitFor(() => smtp.mails.length === 1);
      expect((await base.row(id)).state).toBe('sending');
      const next = process();
      expect(await next.messages.sendDue()).toBe(0);
      await base.timePasses();
      await next.messages.sendDue();
      await ended(id, 'sent');
      const ids = smtp.mails.map(({ raw }) => /^Message-ID: .*$/im.exec(raw)?.[0]);
      expect(ids).toEqual([ids[0], ids[0]]);
    });

    it('an SMS that may have been sent is not sent again: unknown, and wiped', async () => {
      const id = await process(dying()).plan({ channel: 'sms', to: '+4915112345678' });
      await waitFor(() => sms.requests.length === 1);
      await base.timePasses();
      await process().messages.sendDue();
      expect(await base.row(id)).toMatchObject({ state: 'unknown', sealed: null, failure: 'sender lost' });
      expect(sms.requests).toHaveLength(1);
    });
  });

  it('what nobody wants any more is not sent, and is wiped', async () => {
    const id = await process().plan({ usefulSeconds: 0 });
    await ended(id, 'failed');
    expect(await base.row(id)).toMatchObject({ sealed: null, failure: 'too late' });
    expect(smtp.mails).toEqual([]);
  });

  it('OTP-13, OTP-14: a code is in the row while it waits only as ciphertext, and nowhere once it is sent', async () => {
    smtp.refuse = { at: 'data', code: 451 };
    const one = process();
    const id = await one.plan({ to: 'canary@bank.example', code: CODE });
    await waitFor(async () => (await base.row(id)).failure === 'smtp 451');
    const waiting = await base.row(id);
    expect(waiting).toMatchObject({ state: 'planned', attempts: 1 });
    expect(waiting.sealed).toMatch(/^v1\./);
    expect(JSON.stringify(waiting)).not.toMatch(/canary|836142/);
    smtp.refuse = undefined;
    await base.timePasses();
    await one.messages.sendDue();
    await ended(id, 'sent');
    expect(await base.row(id)).toMatchObject({ sealed: null, attempts: 2 });
    expect(base.logs.join('')).toContain('not sent');
    expect(base.logs.join('')).not.toMatch(/canary|836142|s@cret|s%40cret/);
  });

  it('an address that the server does not know is not tried for ever', async () => {
    smtp.refuse = { at: 'rcpt', code: 550 };
    const one = process();
    const id = await one.plan();
    await ended(id, 'failed');
    expect(await base.row(id)).toMatchObject({ sealed: null, attempts: 1, failure: 'smtp 550' });
    // somebody's wrong address says nothing about the server
    expect(one.health.isDown('email')).toBe(false);
  });

  it('a service that closes finishes what it has in hand', async () => {
    const one = process();
    const ids = await Promise.all([1, 2, 3].map(() => one.plan()));
    await one.close();
    for (const id of ids) expect((await base.row(id)).state).not.toBe('sending');
  });
});
