import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from '@countersign/service-kit';
import { freePort, spawnService, waitFor } from '@countersign/testing';
import { call, configOf } from '../../test/gateway.ts';
import { mail } from '../../test/smtp-client.ts';
import { createService } from '../create-service.ts';
import type { PhoneMessage } from './phone-messages.ts';

const MAIL = [
  'From: Demo bank <no-reply@bank.example>',
  'Subject: =?utf-8?Q?Your_code_f=C3=BCr_you?=',
  'Content-Type: multipart/alternative; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  '836142 is your code.',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<b>836142</b><script>alert(1)</script>',
  '--b--',
].join('\r\n');
const FORM = { To: '+4915112345678', From: '+15005550006', Body: '112233 is your code' };

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });

describe('the virtual phone', () => {
  let gateway: RunningService;
  let smtpPort: number;
  const messages = async (query = ''): Promise<PhoneMessage[]> =>
    JSON.parse((await call(gateway.url, `/phone/messages${query}`)).text).items;
  const sms = (form: Record<string, string>, more: { sid?: string; login?: string; type?: string } = {}) =>
    call(gateway.url, `/phone/sms/2010-04-01/Accounts/${more.sid ?? 'AC1'}/Messages.json`, {
      method: 'POST',
      headers: {
        'content-type': more.type ?? 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(more.login ?? 'AC1:token').toString('base64')}`,
      },
      body: new URLSearchParams(form).toString(),
    });

  beforeEach(async () => {
    smtpPort = await freePort();
    gateway = await createService({ ...configOf({}), phoneSmtpPort: smtpPort });
  });
  afterEach(() => gateway.close());

  it('issue 4: takes e-mails for anybody by SMTP, one message for each recipient', async () => {
    const codes = await mail(smtpPort, ['dana@bank.example', 'eve@bank.example'], MAIL);
    expect(codes).toEqual([220, 250, 250, 250, 250, 354, 250, 221]);
    const [first, second] = await messages();
    expect([second!.to, first!.to]).toEqual(['dana@bank.example', 'eve@bank.example']);
    expect(first).toMatchObject({
      ...{ channel: 'email', subject: 'Your code für you', text: '836142 is your code.', code: '836142' },
      html: expect.stringContaining('<b>836142</b>'),
    });
    expect(first!.from).toContain('no-reply@bank.example');
    expect(Date.parse(first!.at)).not.toBeNaN();
    expect(await messages('?to=DANA%40bank.example')).toEqual([second]);
  });

  it('contracts 4.1: takes SMS as Twilio does, and answers like it', async () => {
    const { status, text } = await sms(FORM);
    expect(status).toBe(201);
    expect(JSON.parse(text)).toMatchObject({
      ...{ sid: expect.stringMatching(/^SM[0-9a-f]{32}$/), account_sid: 'AC1', status: 'queued' },
      ...{ to: FORM.To, from: FORM.From, body: FORM.Body, error_code: null, num_segments: '1' },
    });
    expect(await messages('?to=+4915112345678')).toMatchObject([{ channel: 'sms', code: '112233' }]);
    expect(await messages('?to=%2B4915112345678&limit=1')).toHaveLength(1);
    expect(await messages('?to=%2B4915112345679')).toEqual([]);
  });

  it.each([
    ['no recipient', { ...FORM, To: '' }, {}, 400, 21604],
    ['no number', { ...FORM, To: 'dana' }, {}, 400, 21211],
    ['no body', { ...FORM, Body: '' }, {}, 400, 21602],
    ['a body that is too long', { ...FORM, Body: 'x'.repeat(1601) }, {}, 400, 21617],
    ['another account’s token', FORM, { login: 'AC2:token' }, 401, 20003],
    ['no token', FORM, { login: 'AC1:' }, 401, 20003],
  ])('contracts 4.1: refuses %s as Twilio does', async (_what, form, more, status, code) => {
    const answer = await sms(form, more);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
    expect(await messages()).toEqual([]);
  });

  it('API-09: what is too large is refused and not kept, and only 500 messages are', async () => {
    const large = `Subject: x\r\n\r\n${'x'.repeat(300_000)}`;
    expect((await mail(smtpPort, ['dana@bank.example'], large)).at(-2)).toBe(552);
    expect((await sms({ ...FORM, Body: 'x'.repeat(70_000) })).status).toBe(413);
    for (let i = 0; i < 510; i++) await sms({ ...FORM, Body: `message ${i}` });
    const all = await messages('?limit=500');
    expect([all.length, all[0]!.text, all.at(-1)!.text]).toEqual([500, 'message 509', 'message 10']);
    expect((await call(gateway.url, '/phone/messages?limit=501')).status).toBe(400);
  }, 30_000);

  it('security 36: forms are read under /phone only', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = (path: string) => call(gateway.url, path, { method: 'POST', headers, body: 'a=b' });
    for (const path of ['/phone/messages', '/docs', '/nowhere'])
      expect([404, 415]).toContain((await post(path)).status);
    expect((await sms(FORM, { type: 'text/plain' })).status).toBe(415);
  });

  it('a page follows the messages live, and the stream ends when the gateway closes', async () => {
    const answer = await fetch(`${gateway.url}/phone/stream`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    let got = '';
    const reading = (async () => {
      for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) got += part;
    })();
    await sms(FORM);
    const data = await waitFor(() => /^data: (.*)\n\n/m.exec(got)?.[1]);
    expect(JSON.parse(data)).toEqual((await messages())[0]);
    const began = performance.now();
    await Promise.all([gateway.close(), reading]);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await accepts(smtpPort)).toBe(false);
  });

  it('CWE-79: the page has nothing inline, and loads only from here', async () => {
    const { status, headers, text } = await call(gateway.url, '/phone');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|style=|<style| on\w+=|https?:\/\//);
    for (const [, path] of text.matchAll(/(?:src|href)="(\/phone[^"]*)"/g))
      expect([path, (await call(gateway.url, path!.replaceAll('&amp;', '&'))).status]).toEqual([path, 200]);
    expect((await call(gateway.url, '/phone/phone.js')).text).not.toMatch(
      /innerHTML|insertAdjacentHTML|document\.write/,
    );
    expect((await call(gateway.url, '/')).text).toMatch(/href="\/phone"[^]*|href="\/try"/);
  });
});

describe('in production', () => {
  const PATHS = ['/phone', '/phone/messages', '/phone/stream', '/phone/phone.js'];

  it('issue 4: there is no phone, also where its port is set: neither page nor sink nor SMTP', async () => {
    const smtpPort = await freePort();
    const gateway = await createService({
      ...{ ...configOf({}), securityProfile: 'production' },
      phoneSmtpPort: smtpPort,
    });
    for (const path of PATHS) expect([path, (await call(gateway.url, path)).status]).toEqual([path, 404]);
    const sink = '/phone/sms/2010-04-01/Accounts/AC1/Messages.json';
    expect((await call(gateway.url, sink, { method: 'POST', body: '' })).status).toBe(404);
    expect((await call(gateway.url, '/')).text).not.toMatch(/\/phone|\/try/);
    expect(await accepts(smtpPort)).toBe(false);
    await gateway.close();
  });

  it('a gateway that is not told its port has none either', async () => {
    const gateway = await createService(configOf({}));
    expect((await call(gateway.url, '/phone')).status).toBe(404);
    await gateway.close();
  });

  it('issue 4: nothing of it is loaded', async () => {
    // V8 writes down every script it has loaded when the process ends
    const loadedIn = async (profile: string): Promise<string> => {
      const coverage = mkdtempSync(join(tmpdir(), 'countersign-loaded-'));
      const env = { SECURITY_PROFILE: profile, PHONE_SMTP_PORT: '0', NODE_V8_COVERAGE: coverage };
      const gateway = await spawnService({ app: 'gateway', ready: '/healthz', env });
      await gateway.stop();
      const files = readdirSync(coverage).map((file) => readFileSync(join(coverage, file), 'utf8'));
      rmSync(coverage, { recursive: true });
      return files.join('\n');
    };
    const [development, production] = await Promise.all([loadedIn('development'), loadedIn('production')]);
    const PHONE = /phone\/phone-messages|smtp-server|mailparser/;
    expect(production).toContain('/create-service.');
    expect([PHONE.test(development), PHONE.test(production)]).toEqual([true, false]);
  }, 60_000);
});
