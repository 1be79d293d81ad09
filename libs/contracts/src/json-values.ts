import { parse } from 'secure-json-parse';
import { z } from 'zod';

/** Deepest nesting of objects and arrays that is taken from outside: deeper is an attack on whoever walks it. */
export const JSON_MAX_DEPTH = 64;

/**
 * Why `value` cannot be kept and hashed faithfully, or undefined if it can: too deep, a NUL (Postgres stores
 * none), a lone surrogate (RFC 8785 §3.2.2.2 refuses it), a number that a double cannot tell from its neighbours (RFC 7493 §2.2).
 * Walks without recursion.
 */
export function jsonFault(value: unknown): string | undefined {
  const open: [unknown, number][] = [[value, 0]];
  for (let at = open.pop(); at; at = open.pop()) {
    const [item, depth] = at;
    if (depth > JSON_MAX_DEPTH) return `is nested deeper than ${JSON_MAX_DEPTH}`;
    if (typeof item === 'string') {
      if (item.includes('\0')) return 'contains NUL';
      if (!item.isWellFormed()) return 'contains a lone surrogate';
    } else if (typeof item === 'number') {
      if (!Number.isFinite(item)) return 'contains a number that is too large';
      // beyond 2^53 neighbours share one double, and so one digest: an approval must not fit another amount
      if (Number.isInteger(item) && !Number.isSafeInteger(item))
        return 'contains an integer beyond 2^53; send it as a string';
    } else if (item !== null && typeof item === 'object') {
      for (const [key, inner] of Object.entries(item)) open.push([key, depth], [inner, depth + 1]);
    }
  }
  return undefined;
}

/** Any JSON value that can be stored and hashed faithfully; see {@link jsonFault}. */
export const jsonValue = z
  .unknown()
  .superRefine((value, context) => {
    const fault = jsonFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({ description: 'Any JSON value' });

/** Text from outside: 1 to `max` characters, none of them a control character. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must not contain control characters');

/**
 * Parses JSON from outside. Throws SyntaxError on malformed text and on `__proto__` or `constructor.prototype`
 * members (prototype pollution, security 36), as the HTTP door does.
 */
export const parseJson = (text: string): unknown =>
  parse(text, { protoAction: 'error', constructorAction: 'error' });
