import { waitFor } from '@countersign/testing';
import { quiet } from '../test/service.ts';
import { Timers } from './timers.ts';

describe('timers', () => {
  it('run again at once while there is something to do, then wait to be woken', async () => {
    const timers = new Timers(quiet);
    let left = 3;
    let rounds = 0;
    const run = async () => {
      rounds++;
      return left > 0 ? left-- : 0;
    };
    timers.register({ name: 'work', everyMs: 60_000, run });
    timers.start();
    await waitFor(() => rounds === 4);
    left = 1;
    timers.wake('work');
    await waitFor(() => rounds === 6);
    await timers.stop();
    expect(rounds).toBe(6);
  });

  it('a round that throws is not the last', async () => {
    const timers = new Timers(quiet);
    let rounds = 0;
    const run = async () => {
      if (rounds++ === 0) throw new Error('boom');
      return 0;
    };
    timers.start();
    timers.register({ name: 'late', everyMs: 1, run });
    await waitFor(() => rounds > 2);
    await timers.stop();
  });

  it('names are unique', () => {
    const timers = new Timers(quiet);
    const timer = { name: 'one', everyMs: 1, run: async () => 0 };
    timers.register(timer);
    expect(() => timers.register(timer)).toThrow('exists');
  });
});
