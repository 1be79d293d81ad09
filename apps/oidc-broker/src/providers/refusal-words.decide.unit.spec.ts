import { repeats, withDetail } from './refusal-words.decide.ts';

describe('words of a refusal', () => {
  it('RFC 6749 §5.2: have the characters that a description may have', () => {
    expect(withDetail('grant request is invalid', 'bad "alg" in\n\\é')).toBe(
      "grant request is invalid: bad 'alg' in   ",
    );
    expect(withDetail(undefined, 'client not found')).toBe('client not found');
  });

  it('are known to be the request’s own: of its parameters, however often they came, or its origin', () => {
    const text = 'origin https://call-0900.example not allowed for client: shop';
    const origin = 'https://call-0900.example';
    expect(repeats(text, { params: {}, origin })).toBe(true);
    expect(repeats(text, { params: { state: ['x', 'call-0900'] } })).toBe(true);
    expect(repeats(text, { params: { state: 'another-thing', client_id: 'shop' }, origin: '' })).toBe(false);
  });
});
