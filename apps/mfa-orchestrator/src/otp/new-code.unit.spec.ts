import { newCode } from './new-code.ts';

/** 99th percentile of χ² with 9 degrees of freedom is 21.67; beyond 33.7 lies one sample in 10,000. */
const FAR = 33.7;

const chiSquare = (counts: number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

describe('new codes', () => {
  it('OTP-15: at every place every digit is as likely as any other, the first one too', () => {
    const places = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
    for (let n = 0; n < 100_000; n++)
      [...newCode(6)].forEach((digit, place) => places[place]![Number(digit)]!++);
    for (const counts of places) expect(chiSquare(counts)).toBeLessThan(FAR);
  });

  it('security 1: they have exactly as many digits as asked for, leading zeros and all', () => {
    for (const length of [6, 8, 10])
      for (let n = 0; n < 500; n++) expect(newCode(length)).toMatch(new RegExp(`^[0-9]{${length}}$`));
    expect(Array.from({ length: 1000 }, () => newCode(6)).some((code) => code.startsWith('0'))).toBe(true);
  });
});
