import type { OutRecord } from '../src/transport.ts';

/** An audit action as an outside producer would write it; `over` replaces attributes, `data` members of its data. */
export function auditAction(over: Record<string, unknown> = {}, data: Record<string, unknown> = {}) {
  const id = typeof over.id === 'string' ? over.id : crypto.randomUUID();
  return {
    specversion: '1.0',
    id,
    source: '/bank',
    type: 'patrol.audit-action.recorded.v1',
    subject: 'dana',
    appid: 'demo',
    ...over,
    data: { auditActionId: id, name: 'ChangeAddress', username: over.subject ?? 'dana', ...data },
  };
}

/** A record for `patrol.audit-actions`: JSON of `document`, or bytes as they are. */
export const record = (document: object | Buffer | string, key: string | null = null): OutRecord => ({
  topic: 'patrol.audit-actions',
  key,
  value:
    typeof document === 'string' || Buffer.isBuffer(document)
      ? Buffer.from(document as string)
      : Buffer.from(JSON.stringify(document)),
});

/** Every kind of poison, and the reason it dies of. */
export const POISON: [name: string, value: Buffer | null, reason: string][] = [
  ['no JSON', Buffer.from('{"specversion":'), 'not-json'],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), 'not-json'],
  ['a __proto__ member', Buffer.from('{"__proto__":{"x":1}}'), 'not-json'],
  ['nothing', Buffer.alloc(0), 'empty'],
  ['a tombstone', null, 'tombstone'],
  ['300 KB', Buffer.from(JSON.stringify(auditAction({}, { details: 'x'.repeat(300_000) }))), 'too-large'],
  ['an escaped NUL', Buffer.from(JSON.stringify(auditAction({}, { details: 'a\0b' }))), 'nul'],
  ['a NUL byte', Buffer.from('\0'), 'nul'],
  ['nesting of 100', Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`), 'schema'],
  ['no CloudEvent', Buffer.from('{"hello":1}'), 'schema'],
  ['no application', Buffer.from(JSON.stringify(auditAction({ appid: undefined }))), 'schema'],
  ['an application that is no name', Buffer.from(JSON.stringify(auditAction({ appid: 'a b' }))), 'schema'],
  ['data that do not fit', Buffer.from(JSON.stringify(auditAction({}, { username: 7 }))), 'schema'],
  [
    'a type nobody knows',
    Buffer.from(JSON.stringify(auditAction({ type: 'bank.thing.done.v1' }))),
    'unknown-type',
  ],
  [
    'a later major version',
    Buffer.from(JSON.stringify(auditAction({ type: 'patrol.audit-action.recorded.v2' }))),
    'unknown-version',
  ],
  [
    'a type of another topic',
    Buffer.from(JSON.stringify(auditAction({ type: 'mfa.user.deleted.v1' }))),
    'unknown-type',
  ],
];
