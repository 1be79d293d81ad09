import { randomUUID } from 'node:crypto';
import { systemClock } from '@countersign/kernel';
import { AuthenticatorApp } from '../../src/authenticator-app.ts';
import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import { IDENTIFIER, Partner } from '../../src/partner.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const canary = (what: string) => `canary-${what}-${randomUUID().slice(0, 8)}`;

/** Codes and secrets of every factor, each used once. A code has ten digits, so that nothing else looks like it. */
async function withFactors(
  system: System,
  bank: Bank,
  username: string,
  secrets: Map<string, string>,
  personal: Map<string, string>,
) {
  const page = await bank.begin({ user: { username }, enrol: ['totp:enrol', 'recovery:enrol'] });
  await page.verify(await bank.grant(username, { flowId: page.flowId }));
  const { secret } = expectStatus(await page.step('totp/request', {}), 200);
  secrets.set('TOTP secret', secret);
  expectStatus(await page.step('totp/enrol', { otp: codeOf(secret) }), 401);
  const { codes } = expectStatus(await page.step('recovery/request', {}), 200) as { codes: string[] };
  for (const [at, code] of codes.entries()) secrets.set(`recovery code ${at}`, code);
  expectStatus(await page.step('recovery/enrol', { code: codes[0] }), 200);

  const { emails } = await withContacts(bank, username, { emails: 1 });
  personal.set('address', emails[0]!);
  const mailed = await bank.login(username);
  expectStatus(await mailed.step('otp/request', { method: 'email', option: emails[0] }), 200);
  const otp = await new Phone(system).code(emails[0]!);
  secrets.set('e-mailed code', otp);
  expectStatus(await mailed.step('otp/verify', { otp }), 200);
}

/** Values that a partner minted and that the bank set, of a user who is deleted and of one who stays. */
async function withPartner(bank: Bank, usernames: string[], personal: Map<string, string>): Promise<Partner> {
  const partner = await Partner.open(bank);
  await partner.register(bank, 'example');
  const element = { description: 'for the bank alone' };
  expectStatus(await bank.api('PUT', '/v1/third-party-data-elements/Internal.Note', element), 200);
  for (const [at, username] of usernames.entries()) {
    const [minted, note] = [canary('minted'), canary('note')];
    personal
      .set(`minted ${at}`, minted)
      .set(`third-party value ${at}`, note)
      .set(`partner’s user ${at}`, username);
    const url = `/v1/third-party-data/${username}/example/Internal.Note`;
    expectStatus(await bank.api('PUT', url, { value: note }), 204);
    partner.says = ({ linkOut, userLevelConfigList }) => {
      const configs = [
        { key: IDENTIFIER, value: minted },
        // a handler that mixes up what is what: only what looks like a name is told
        { key: `${minted}: ${note}`, value: IDENTIFIER },
      ];
      return linkOut('https://partner.example', { userLevelConfigList: userLevelConfigList(configs) });
    };
    const launch = () => bank.api('POST', '/v1/sso/example/launch', { username });
    const { saved, refusedNames } = expectStatus(await launch(), 200);
    expect([saved, refusedNames]).toEqual([[IDENTIFIER], []]);
    partner.says = ({ refuse }) => refuse(`${minted} ${note}`);
    expect(expectStatus(await launch(), 200).because).toBe('vendor-refused');
    partner.says = () => {
      throw new Error(note);
    };
    await launch();
    expectStatus(await bank.api('GET', `/v1/third-party-data/${username}`), 200);
  }
  return partner;
}

const codeOf = (secret: string): string => new AuthenticatorApp(secret, systemClock).code();

/** EV-10, OTP-14: everything secret or personal goes through the whole system, then everything that was said is searched. */
describe('canary scan', () => {
  let system: System;
  let bank: Bank;
  let partner: Partner | undefined;
  /** Never anywhere but with those they belong to. */
  const secrets = new Map<string, string>();
  /** Only in `patrol.audit-actions`, which is the application's own event. */
  const personal = new Map<string, string>();

  beforeAll(async () => {
    system = await System.boot('canaries');
    bank = await system.bank({ settings: { otp: { email: { length: 10 } } } });
    await bank.rule({ auditAction: 'ChangeAddress' });
    const username = canary('User');
    const details = { iban: canary('details') };
    const payload = canary('payload');
    const own = `${canary('own-token')}-${'x'.repeat(20)}`;
    const [sso, device] = [canary('sso'), canary('device')];
    for (const [name, value] of Object.entries({ username, details: details.iban, payload, sso, device }))
      personal.set(name, value);
    secrets.set('API key', bank.apiKey).set('platform key', system.platformKey).set('own token', own);

    expectStatus(await bank.api('PUT', `/v1/sso-identifiers/${username}`, { value: sso }), 204);
    expectStatus(await bank.api('PUT', `/v1/mfa-registrations/${username}/Acme`, { value: device }), 204);
    const login = await bank.login(username);
    secrets.set('login session', login.session);
    const loose = await bank.grant(username);
    secrets.set('grant', loose);
    const mfa = expectStatus(await login.verify(loose), 200);
    secrets.set('access token', mfa.accessToken).set('id token', mfa.idToken);
    secrets.set('refresh token', mfa.refreshToken);
    const { body: grant } = await bank.api('POST', '/fido2/v2/mgmt/grant', {
      grants: ['reg:write'],
      username,
    });
    secrets.set('registration grant', grant.token);

    await withFactors(system, bank, username, secrets, personal);
    partner = await withPartner(bank, [username, canary('stays')], personal);

    const challenge = await bank.challenged(
      bank.action(username, { details, sessionId: canary('host-session') }),
    );
    const beginTicket = await bank.ticket(challenge.id);
    const page = await bank.begin({ beginTicket });
    secrets.set('ticket', beginTicket).set('session', page.session);
    await page.verify(canary('wrong-token').padEnd(43, 'x'));
    expectStatus(await bank.setToken(username, page.flowId, own), 204);
    expectStatus(await page.verify(own), 200);

    const transaction = await bank.transaction(username, { payload });
    const denied = await bank.begin({ beginTicket: transaction.beginTicket });
    secrets.set('first ticket', transaction.beginTicket).set('denied session', denied.session);
    expectStatus(await denied.deny(), 204);
    // refusals and faults are said too
    await bank.api('POST', '/v1/audit-actions', {
      ...bank.action(username),
      surprise: secrets.get('own token'),
    });
    await bank.tryBegin({ beginTicket });
    await bank.call('GET', '/v1/flows/current', { authorization: `Bearer ${denied.session}` });
    await system.bus.produce('patrol.audit-actions', null, `{"broken": `);
    await system.bus.audit(
      bank.appId,
      { ...bank.action(username, { details }) },
      { subject: 'someone else' },
    );
    expectStatus(await bank.api('DELETE', `/v1/users/${username}`), 204);
    await system.settled();
  });
  afterAll(async () => {
    await partner?.close();
    await system?.close();
  });

  const found = (text: string, canaries: Map<string, string>) =>
    [...canaries]
      .filter(([, value]) => text.toLowerCase().includes(value.toLowerCase()))
      .map(([name]) => name);

  it('EV-10: no topic holds a secret; none but patrol.audit-actions a username, details, a payload or a value', () => {
    expect(system.bus.seen.length).toBeGreaterThan(15);
    const hits = system.bus.seen.flatMap(({ topic, key, text }) => {
      const all = `${key} ${text}`;
      const names = [
        ...found(all, secrets),
        ...(topic === 'patrol.audit-actions' ? [] : found(all, personal)),
      ];
      return names.map((name) => `${topic}: ${name}`);
    });
    expect(hits).toEqual([]);
  });

  it('EV-10: no outbox row does either', async () => {
    for (const service of ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const) {
      const rows = await system.rows<{ topic: string; text: string }>(
        service,
        `SELECT topic, coalesce(key, '') || headers::text || convert_from(body, 'UTF8') AS text FROM outbox
         WHERE topic <> 'patrol.audit-actions'`,
      );
      expect(
        rows.flatMap(({ topic, text }) =>
          found(text, new Map([...secrets, ...personal])).map((n) => `${topic}: ${n}`),
        ),
      ).toEqual([]);
    }
  });

  it('OTP-14, security 35: no log line holds any of them, at debug level', () => {
    expect(system.logs.length).toBeGreaterThan(30);
    const hits = system.logs.flatMap((line) =>
      found(line, new Map([...secrets, ...personal])).map((name) => `${name}: ${line}`),
    );
    expect(hits).toEqual([]);
  });

  it('API-06, OTP-14: no metric holds any of them, or a label that a caller can invent', async () => {
    for (let n = 0; n < 50; n++) {
      await bank.api('GET', `/v1/users/invented-${n}`);
      await bank.call('GET', `/invented-${n}`);
      await bank.call('POST', '/v1/challenges', { headers: { 'x-correlation-id': `invented-${n}` } });
    }
    for (const service of ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const) {
      const text = await (await fetch(`${system.service(service).url}/metrics`)).text();
      expect(text).toContain('countersign_http_request_duration_seconds');
      expect(found(text, new Map([...secrets, ...personal]))).toEqual([]);
      expect(text).not.toContain('invented');
      expect(text).not.toContain(bank.appId);
    }
  });

  it('invariants: secrets are kept as hashes, values sealed: no column holds one in the clear', async () => {
    for (const service of ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const) {
      const tables = await system.rows<{ name: string }>(
        service,
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
      );
      for (const { name } of tables) {
        const rows = await system.rows<{ text: string }>(service, `SELECT t::text AS text FROM "${name}" t`);
        const text = rows.map((row) => row.text).join('\n');
        const kept = new Map([
          ...secrets,
          ...[...personal].filter(([kind]) => /^(sso|device|minted .*|third-party .*)$/.test(kind)),
        ]);
        expect([service, name, found(text, kept)]).toEqual([service, name, []]);
      }
    }
  });
});
