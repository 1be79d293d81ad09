import { ConnectionSlots } from './connection-slots.ts';
import { DatabaseUnavailable } from './database-errors.ts';

describe('slots', () => {
  it('are given in the order they were asked for', async () => {
    const slots = new ConnectionSlots(1);
    const first = await slots.take(1000);
    const order: string[] = [];
    const second = slots.take(1000).then((give) => (order.push('second'), give()));
    const third = slots.take(1000).then((give) => (order.push('third'), give()));
    expect(order).toEqual([]);
    first();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });

  it('style 9: nobody waits for ever, and one who gave up takes no slot', async () => {
    const slots = new ConnectionSlots(1);
    const give = await slots.take(1000);
    await expect(slots.take(5)).rejects.toBeInstanceOf(DatabaseUnavailable);
    give();
    (await slots.take(5))();
    (await slots.take(5))();
  });
});
