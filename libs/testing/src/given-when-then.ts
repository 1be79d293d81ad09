/**
 * Reads a rule aloud: `given(facts).when(decide).then({ … })`. For pure rules: no await, no clock, no I/O.
 * `then` compares deeply; `thenMatch` compares the members named; `thenThrow` expects an exception.
 */
export function given<Facts>(facts: Facts) {
  return {
    when<Outcome>(rule: (facts: Facts) => Outcome) {
      return {
        then: (expected: Outcome) => expect(rule(facts)).toEqual(expected),
        thenMatch: (expected: object) => expect(rule(facts)).toMatchObject(expected),
        thenThrow: (message: string | RegExp) => expect(() => rule(facts)).toThrow(message),
      };
    },
  };
}
