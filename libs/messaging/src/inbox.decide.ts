import {
  appIdSchema,
  type CloudEvent,
  cloudEvent,
  EVENT_MAX_BYTES,
  EVENTS,
  type EventType,
  isEventType,
  jsonFault,
  parseJson,
  usernameKey,
} from '@countersign/contracts';

/** Why an event is dead. Those before `unknown-application` are seen on arrival, the others by admission and handlers. */
export type DeadReason =
  | 'not-json'
  | 'empty'
  | 'tombstone'
  | 'too-large'
  | 'nul'
  | 'schema'
  | 'unknown-type'
  | 'unknown-version'
  | 'id-conflict'
  | 'unknown-application'
  | 'tenant-mismatch'
  | 'subject-mismatch'
  | 'untrusted'
  | 'content-conflict'
  | 'time-in-future'
  | 'exhausted'
  | 'handler';

/** What identifies an event for good, whichever partition it came by. */
export interface Envelope {
  appId: string;
  event: CloudEvent;
}

/** What a record turned out to be. `envelope` is there as soon as the record has an identity of its own. */
export type Verdict =
  | { kind: 'event'; envelope: Envelope; type: EventType; data: unknown }
  | { kind: 'dead'; reason: DeadReason; detail?: string; envelope?: Envelope };

type Dead = Extract<Verdict, { kind: 'dead' }>;

const dead = (reason: DeadReason, detail?: string, envelope?: Envelope): Dead => ({
  kind: 'dead',
  reason,
  ...(detail ? { detail: detail.slice(0, 300) } : {}),
  ...(envelope ? { envelope } : {}),
});

/** Reads a record's bytes as an event of a known type that belongs on `topic`; anything else is dead, with the reason. */
export function decideArrival(value: Buffer | null, topic: string): Verdict {
  if (value === null) return dead('tombstone');
  if (value.length === 0) return dead('empty');
  if (value.length > EVENT_MAX_BYTES) return dead('too-large', `${value.length} bytes`);
  if (value.includes(0)) return dead('nul', 'contains a NUL byte');
  const parsed = parse(value);
  if ('kind' in parsed) return parsed;
  const fault = jsonFault(parsed.json);
  if (fault) return dead(fault === 'contains NUL' ? 'nul' : 'schema', fault);
  const envelope = cloudEvent.safeParse(parsed.json);
  if (!envelope.success) return dead('schema', issues(envelope.error));
  const appId = appIdSchema.safeParse(envelope.data.appid);
  if (!appId.success) return dead('schema', 'appid: must be a DNS label');
  return decideEvent({ appId: appId.data, event: envelope.data }, topic);
}

function decideEvent(envelope: Envelope, topic: string): Verdict {
  const { type, data } = envelope.event;
  if (!isEventType(type)) {
    return hasOtherVersion(type)
      ? dead('unknown-version', type, envelope)
      : dead('unknown-type', type, envelope);
  }
  // who may write one topic must not be able to speak for the writer of another
  if (EVENTS[type].topic !== topic) return dead('unknown-type', `${type} does not belong here`, envelope);
  const checked = EVENTS[type].data.safeParse(data);
  if (!checked.success) return dead('schema', issues(checked.error, 'data'), envelope);
  // members nobody knows are dropped wherever the event is looked at
  const known = { ...envelope, event: { ...envelope.event, data: checked.data } };
  return { kind: 'event', envelope: known, type, data: checked.data };
}

function parse(value: Buffer): { json: unknown } | Dead {
  try {
    return { json: parseJson(new TextDecoder('utf-8', { fatal: true }).decode(value)) };
  } catch {
    // the parser's message quotes the input
    return dead('not-json');
  }
}

function hasOtherVersion(type: string): boolean {
  const stem = /^(.+\.v)\d{1,4}$/.exec(type)?.[1];
  return stem !== undefined && Object.keys(EVENTS).some((known) => known.replace(/\d+$/, '') === stem);
}

interface Issues {
  issues: { path: PropertyKey[]; message: string }[];
}
const issues = (error: Issues, at = ''): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${[at, ...path].filter((step) => step !== '').join('.')}: ${message}`)
    .join('; ');

const LONGEST_KEY = 256;

/**
 * The key within which events are handled in order. What comes from outside carries any key or none, so there it
 * is derived from application and user; ours is the record's key. Undefined where it is too long to be indexed
 * or absent: such an event stands in no order but its own.
 */
export function orderKey(envelope: Envelope, topic: string, recordKey: string | null): string | undefined {
  const key =
    topic === 'patrol.audit-actions'
      ? `${envelope.appId}:${usernameKey(envelope.event.subject ?? '')}`
      : recordKey;
  return key && key.length <= LONGEST_KEY + 128 ? key : undefined;
}
