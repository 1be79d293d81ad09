import { FixedClock } from './clock.ts';
import { base64url, randomHex, randomName, randomToken, uuidv7 } from './ids.ts';

describe('ids', () => {
  it('RFC 9562 §5.7: a UUIDv7 carries version, variant and the time it was made', () => {
    const id = uuidv7(new FixedClock(new Date('2026-03-01T12:00:00Z')));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-03-01T12:00:00Z'));
  });

  it('later ids sort after earlier ones', () => {
    const clock = new FixedClock();
    const first = uuidv7(clock);
    clock.advance(1);
    expect(uuidv7(clock) > first).toBe(true);
  });

  it('RFC 4648 §5: base64url has no padding and neither + nor /', () => {
    expect(base64url(new Uint8Array([0xfb, 0xff, 0xfe]))).toBe('-__-');
    expect(base64url(new Uint8Array([1]))).toBe('AQ');
  });

  it('security 14: a token of 32 bytes has 43 characters and is never the same twice', () => {
    const tokens = new Set(Array.from({ length: 1000 }, () => randomToken()));
    expect(tokens.size).toBe(1000);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });
});

describe('ids that are no secrets', () => {
  it('are 22 characters of base64url, or hexadecimal digits, and do not repeat', () => {
    const names = Array.from({ length: 2000 }, randomName);
    expect(names.every((name) => /^[\w-]{22}$/.test(name))).toBe(true);
    const traces = Array.from({ length: 2000 }, () => randomHex(16));
    expect(traces.every((trace) => /^[0-9a-f]{32}$/.test(trace))).toBe(true);
    expect(new Set([...names, ...traces]).size).toBe(4000);
  });
});
