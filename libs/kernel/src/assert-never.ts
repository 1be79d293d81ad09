/** Makes a forgotten case a compile error; at run time it throws, and callers treat that as a fault. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
