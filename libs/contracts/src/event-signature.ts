import canonicalize from 'canonicalize';

/** Members of an event that a producer's signature covers. */
const SIGNED = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'appid', 'data'] as const;

/**
 * What the detached JWS in an event's `signature` is made over: the RFC 8785 form of the members above, as sent, those
 * that are absent left out. Attributes that transports add or change (`traceparent`, `partitionkey`, …) are not covered.
 * Throws TypeError if the event has no canonical form.
 */
export function signedForm(event: Record<string, unknown>): string {
  const covered = SIGNED.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name]]]));
  const canonical = canonicalize(Object.fromEntries(covered) as Record<string, unknown>);
  if (canonical === undefined) throw new TypeError('the event has no canonical JSON form');
  return canonical;
}
