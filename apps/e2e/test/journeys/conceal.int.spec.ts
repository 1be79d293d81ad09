import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import type { Answer } from '../../src/http.ts';
import { System } from '../../src/system.ts';

/** An answer without what is random or a time: what is left must not tell users apart. */
const shape = ({ status, headers, body }: Answer) => {
  const { session: _s, flowId: _f, expiresAt: _e, ...rest } = body;
  const { date: _d, 'x-correlation-id': _x, 'content-length': length, ...names } = headers;
  return {
    status,
    rest,
    length,
    headers: Object.keys(names).sort(),
    lengths: [body.session?.length, body.flowId?.length],
  };
};

describe('enumeration: accountExistence', () => {
  let system: System;
  let concealing: Bank;
  let disclosing: Bank;

  beforeAll(async () => {
    system = await System.boot('conceal');
    concealing = await system.bank({ settings: { accountExistence: 'conceal' } });
    disclosing = await system.bank({ settings: { accountExistence: 'disclose' } });
    for (const bank of [concealing, disclosing]) {
      const page = await bank.login('known');
      expectStatus(await page.verify(await bank.grant('known')), 200);
      expectStatus(await bank.api('PUT', '/v1/sso-identifiers/known', { value: 'sso-1' }), 204);
    }
  });
  afterAll(() => system?.close());

  const begin = (bank: Bank, username: string) => bank.tryBegin({ user: { username } });

  it('conceal is the default, and begin answers the same for known and unknown users', async () => {
    const plain = expectStatus(
      await system.asPlatform('POST', '/v1/applications', { body: { appId: 'plain', name: 'Plain' } }),
      201,
    );
    expect(plain.settings.accountExistence).toBe('conceal');
    const [known, unknown] = [await begin(concealing, 'known'), await begin(concealing, 'nobody')];
    expect(shape(unknown)).toEqual(shape(known));
    expect(known.body.flow).toBe('signIn');
    expect(known.text).not.toContain('sso-1');
  });

  it('a wrong token answers the same for known and unknown users, and so does the flow', async () => {
    const [known, unknown] = [await concealing.login('known'), await concealing.login('nobody-2')];
    const current = [await known.current(), await unknown.current()];
    expect(shape(current[1]!)).toEqual(shape(current[0]!));
    const wrong = 'w'.repeat(43);
    const answers = [await known.verify(wrong), await unknown.verify(wrong)];
    expect(shape(answers[1]!)).toEqual(shape(answers[0]!));
    expect(answers[0]!.status).toBe(401);
  });

  it('a page reads neutral reasons until something is proved, names of policies and rules afterwards', async () => {
    const page = await concealing.login('known');
    expect(page.begun.because).toEqual(['policy']);
    expect((await page.current()).body.because).toEqual(['policy']);
    const challenge = await concealing.transaction('known');
    const proven = await concealing.begin({ beginTicket: challenge.beginTicket });
    expect(proven.begun.because).toEqual(['policy:external']);
    expect((await proven.current()).body.mfaInfo.sso_identifier).toBe('sso-1');
  });

  it('contracts L1: disclose says signUp to a stranger, and nothing more', async () => {
    const [known, unknown] = [await begin(disclosing, 'known'), await begin(disclosing, 'nobody')];
    expect([known.body.flow, unknown.body.flow]).toEqual(['signIn', 'signUp']);
    const { rest: one } = shape(known);
    const { rest: two } = shape(unknown);
    expect({ ...two, flow: '' }).toEqual({ ...one, flow: '' });
    expect(known.text).not.toContain('sso-1');
  });

  it('design: unproven flows end after two minutes, those with a ticket after ten', async () => {
    const lasts = (begun: { expiresAt: string }) => new Date(begun.expiresAt).getTime() - Date.now();
    const login = await concealing.login('known');
    expect(lasts(login.begun)).toBeGreaterThan(110_000);
    expect(lasts(login.begun)).toBeLessThanOrEqual(120_500);
    const challenge = await concealing.transaction('known', { ttlSeconds: 3600 });
    const page = await concealing.begin({ beginTicket: challenge.beginTicket });
    expect(lasts(page.begun)).toBeGreaterThan(590_000);
    expect(lasts(page.begun)).toBeLessThanOrEqual(600_500);
    const short = await concealing.transaction('known', { ttlSeconds: 60 });
    const bounded = await concealing.begin({ beginTicket: short.beginTicket });
    expect(lasts(bounded.begun)).toBeLessThanOrEqual(60_500);
    await system.rows('mfa-orchestrator', 'UPDATE flows SET expires_at = now() WHERE id = $1', [
      login.flowId,
    ]);
    expect((await login.current()).status).toBe(401);
    expect((await login.verify(await concealing.grant('known'))).status).toBe(401);
  });
});
