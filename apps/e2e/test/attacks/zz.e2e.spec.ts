import { System } from '../../src/system.ts';
it('x', async () => {
  const system = await System.boot('zz');
  try {
    const bank = await system.bank();
    const out: unknown[] = [];
    for (let n = 0; n < 12; n++) {
      const a = await bank.api('POST', '/v1/audit-actions', JSON.stringify(bank.action('u', { details: 'x'.repeat(10_000_000) })));
      const b = await bank.api('POST', '/v1/audit-actions', JSON.stringify(bank.action('u', { details: 'x'.repeat(300_000) })));
      const c = await bank.call('POST', '/v1/audit-actions', { body: JSON.stringify(bank.action('u', { details: 'x'.repeat(10_000_000) })) });
      out.push([a.status, b.status, c.status]);
    }
    console.log(JSON.stringify(out));
    console.log(system.logs.filter((l) => /"level":"(error|warn)"/.test(l)).slice(0, 4).join('\n'));
  } finally {
    await system.close();
  }
});
