import { withContacts } from '../../src/contacts.ts';
import { System } from '../../src/system.ts';
describe('timing', () => {
  it('x', async () => {
    const system = await System.boot('timing');
    const big = 1_000_000 / 10;
    const bank = await system.bank({ settings: { accountExistence: 'conceal', openFlowsPerClientAddress: 10000, defaultPolicies: { login: 'codes' }, messageBudgets: { perAddressHour: big, perAddressDay: big, perUserDay: big, perClientHour: big, perPrefixDay: big, perDay: big } } });
    await bank.policy('codes', { offers: ['otp:email', 'external'], satisfiedBy: [['otp:email'], ['external']] });
    const med = (a: number[]) => a.sort((x, y) => x - y)[Math.floor(a.length / 2)]!.toFixed(2);
    const t: Record<string, number[]> = {};
    const time = async (k: string, f: () => Promise<unknown>) => { const s = performance.now(); await f(); (t[k] ??= []).push(performance.now() - s); };
    for (let n = 0; n < 120; n++) {
      const known = `k${n}`, unknown = `u${n}`;
      await withContacts(bank, known, { emails: 1 });
      for (const u of n % 2 ? [known, unknown] : [unknown, known]) {
        const kind = u[0];
        const body = { user: { username: u, usernameType: 'other' } };
        await time(`auth/otp ${kind}`, () => bank.call('POST', '/fido2/v2/auth/otp/email', { body }));
        await new Promise((r) => setTimeout(r, 60));
        await time(`auth/verify ${kind}`, () => bank.call('POST', '/fido2/v2/auth/otp/verify', { body: { ...body, authCode: '000000' } }));
        const page = await bank.login(u);
        await system.rows('mfa-orchestrator', `DELETE FROM attempts WHERE scope = 'message-pause'`);
        await time(`request ${kind}`, () => page.step('otp/request', { method: 'email' }));
        await new Promise((r) => setTimeout(r, 60));
      }
    }
    console.log(Object.entries(t).map(([k, v]) => `${k}: ${med(v)}`).join('\n'));
    await system.close();
  }, 200_000);
});
