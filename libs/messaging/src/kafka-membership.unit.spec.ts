import { EventEmitter } from 'node:events';
import type { Consumer } from 'kafkajs';
import { PlaceAtEnd } from './kafka-membership.ts';

/** kafkajs as far as it is listened to: its events, by its clock. */
function follower() {
  const emitter = new EventEmitter();
  const consumer = {
    events: { GROUP_JOIN: 'join', REQUEST: 'request' },
    on: (event: string, listener: (payload: unknown) => void) => emitter.on(event, listener),
  } as unknown as Consumer;
  const state = { gaps: 0, now: 0, mine: true };
  const place = new PlaceAtEnd(
    () => state.gaps++,
    () => state.now,
  );
  place.watch(consumer, () => state.mine);
  return {
    ...{ place, state },
    joins: (at: number) => emitter.emit('join', { timestamp: at, payload: {} }),
    answered: (apiName: string, sent: number, at: number) =>
      emitter.emit('request', { timestamp: at, payload: { apiName, createdAt: sent } }),
  };
}

describe('issue 5, a follower over Kafka: nothing is missed unnoticed', () => {
  it('it reads once a fetch is answered that was sent after its place was sought', () => {
    const { place, state, joins, answered } = follower();
    expect(place.assigned()).toBe(false);
    joins(100);
    expect(state.gaps).toBe(1);
    answered('OffsetFetch', 101, 102);
    expect(place.assigned()).toBe(false);
    answered('ListOffsets', 103, 110);
    expect(state.gaps).toBe(2);
    answered('Fetch', 111, 120);
    expect(place.assigned()).toBe(true);
    expect(state.gaps).toBe(2);
  });

  it('the answer to a fetch that was sent before proves nothing', () => {
    const { place, joins, answered } = follower();
    joins(100);
    answered('ListOffsets', 103, 110);
    answered('Fetch', 109, 120);
    answered('Fetch', 110, 121);
    expect(place.assigned()).toBe(false);
  });

  it.each(['join', 'place sought again'])('a %s is a gap, until the next answer', (what) => {
    const { place, state, joins, answered } = follower();
    joins(1);
    answered('Fetch', 2, 3);
    if (what === 'join') joins(10);
    else answered('ListOffsets', 9, 10);
    expect(place.assigned()).toBe(false);
    expect(state.gaps).toBe(2);
    answered('Fetch', 11, 12);
    expect(place.assigned()).toBe(true);
  });

  it('nothing heard for five seconds: it does not read, and what it knew is old when it does again', () => {
    const { place, state, joins, answered } = follower();
    joins(1);
    answered('Fetch', 2, 3);
    state.now = 4_999;
    expect(place.assigned()).toBe(true);
    state.now = 5_000;
    expect(place.assigned()).toBe(false);
    expect(state.gaps).toBe(1);
    answered('Fetch', 4, 5);
    expect(place.assigned()).toBe(true);
    expect(state.gaps).toBe(2);
  });

  it('a consumer that was replaced says nothing more; one that is lost reads again after a join', () => {
    const { place, state, joins, answered } = follower();
    joins(1);
    answered('Fetch', 2, 3);
    place.lost();
    expect(place.assigned()).toBe(false);
    state.mine = false;
    joins(10);
    answered('Fetch', 11, 12);
    expect(place.assigned()).toBe(false);
    expect(state.gaps).toBe(1);
  });
});
