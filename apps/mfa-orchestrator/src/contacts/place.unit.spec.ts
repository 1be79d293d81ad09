import { placeFor } from './place.decide.ts';

const at = (channel: 'email' | 'sms', slot: 'primary' | 'secondary') => ({
  id: `${channel} ${slot}`,
  channel,
  slot,
});

describe('places for addresses', () => {
  it.each([
    ['the first e-mail address', 'email' as const, [at('sms', 'primary')], { slot: 'primary' }],
    ['the second one', 'email' as const, [at('email', 'primary')], { slot: 'secondary' }],
    ['no third one', 'email' as const, [at('email', 'primary'), at('email', 'secondary')], undefined],
    ['the place a removal left', 'email' as const, [at('email', 'secondary')], { slot: 'primary' }],
    ['the first number', 'sms' as const, [at('email', 'primary')], { slot: 'primary' }],
  ])('contracts §1.4: %s', (_, channel, contacts, place) => {
    expect(placeFor(channel, contacts)).toEqual(place);
  });

  it('contracts §1.10: a new number displaces the one there is', () => {
    expect(placeFor('sms', [at('sms', 'primary')])).toEqual({
      slot: 'primary',
      displaces: at('sms', 'primary'),
    });
  });
});
