import { System } from '../../src/system.ts';
describe('boot', () => {
  it('boots', async () => {
    const system = await System.boot('boot');
    const bank = await system.bank();
    const page = await bank.login('dana');
    console.log(await page.current());
    console.log(await page.verify(await bank.grant('dana')));
    await system.close();
  }, 60000);
});
