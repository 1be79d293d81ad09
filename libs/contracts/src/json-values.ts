import { parse } from 'secure-json-parse';
import { z } from 'zod';

/** Deepest nesting of objects and arrays that is taken from outside: deeper is an attack on whoever walks it. */
export const JSON_MAX_DEPTH = 64;

/** A place in a JSON value where something is wrong: the names that lead there, and what it is. */
export interface JsonFault {
  path: string[];
  fault: string;
}

interface Place {
  value: unknown;
  depth: number;
  name?: string;
  parent?: Place;
}

/**
 * Where `value` cannot be kept and hashed faithfully, or undefined if it can: too deep, a NUL (Postgres stores
 * none), a lone surrogate (RFC 8785 §3.2.2.2 refuses it), a number that a double cannot tell from its neighbours (RFC 7493 §2.2).
 */
export const jsonFaultIn = (value: unknown): JsonFault | undefined => find(value, unfaithful);

/** The first text or name in `value` with half a surrogate pair: no character, and jsonb keeps none (RFC 8259 §8.2). */
export const halfPairIn = (value: unknown): JsonFault | undefined => find(value, halfPair);

/** What {@link jsonFaultIn} finds, without the place. */
export const jsonFault = (value: unknown): string | undefined => jsonFaultIn(value)?.fault;

/** Walks without recursion. Names of members are judged as texts, at the place of their object. */
function find(
  value: unknown,
  faultOf: (value: unknown, depth: number) => string | undefined,
): JsonFault | undefined {
  const open: Place[] = [{ value, depth: 0 }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { value: item, depth } = at;
    const fault = faultOf(item, depth);
    if (fault !== undefined) return { path: pathOf(at), fault };
    if (item === null || typeof item !== 'object') continue;
    for (const [name, inner] of Object.entries(item)) {
      const bad = faultOf(name, depth);
      if (bad !== undefined) return { path: pathOf(at), fault: bad };
      open.push({ value: inner, depth: depth + 1, name, parent: at });
    }
  }
  return undefined;
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at: Place | undefined = place; at?.name !== undefined; at = at.parent) path.push(at.name);
  return path.reverse();
}

const halfPair = (item: unknown): string | undefined =>
  typeof item === 'string' && !item.isWellFormed() ? 'contains a lone surrogate' : undefined;

function unfaithful(item: unknown, depth: number): string | undefined {
  if (depth > JSON_MAX_DEPTH) return `is nested deeper than ${JSON_MAX_DEPTH}`;
  if (typeof item === 'string') return item.includes('\0') ? 'contains NUL' : halfPair(item);
  if (typeof item !== 'number') return undefined;
  if (!Number.isFinite(item)) return 'contains a number that is too large';
  // beyond 2^53 neighbours share one double, and so one digest: an approval must not fit another amount
  if (Number.isInteger(item) && !Number.isSafeInteger(item))
    return 'contains an integer beyond 2^53; send it as a string';
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
