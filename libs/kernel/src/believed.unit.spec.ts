import { Believed } from './believed.ts';

/** Readings that end when the test says so, and a clock that it moves. */
function given(value: () => string | undefined = () => 'v') {
  const state = { now: 0, read: 0, ends: [] as (() => void)[] };
  const believed = new Believed<string>(
    async () => {
      state.read++;
      const read = value();
      await new Promise<void>((resolve) => state.ends.push(resolve));
      return read;
    },
    { now: () => state.now },
  );
  const get = async () => {
    const answer = believed.get('k');
    state.ends.forEach((end) => end());
    return answer;
  };
  return { state, believed, get };
}

describe('what is read with every request', () => {
  it('design "Who may call": is believed for half a second, counted from before it was read', async () => {
    const { state, get } = given();
    expect(await get()).toBe('v');
    state.now = 499;
    await get();
    expect(state.read).toBe(1);
    state.now = 500;
    await get();
    expect(state.read).toBe(2);
  });

  it('what is not there is asked for each time', async () => {
    const { state, get } = given(() => undefined);
    await get();
    await get();
    expect(state.read).toBe(2);
  });

  it('equal questions at once are one', async () => {
    const { state, believed, get } = given();
    const answers = await Promise.all([believed.get('k'), believed.get('k'), get()]);
    expect([answers, state.read]).toEqual([['v', 'v', 'v'], 1]);
  });

  it('a change forgets it, also what was being read before the change', async () => {
    let value = 'old';
    const { state, believed, get } = given(() => value);
    const before = believed.get('k');
    value = 'new';
    believed.forget();
    expect(await get()).toBe('new');
    expect(await before).toBe('old');
    expect(await believed.get('k')).toBe('new');
    expect(state.read).toBe(2);
  });
});
