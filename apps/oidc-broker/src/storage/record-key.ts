import { sha256 } from '@countersign/security';
import type { RecordKind, RecordPayload, RecordRow } from './record.types.ts';

/** Kinds whose ids are no credentials: others may hold them, so they are kept as they are. */
const PLAIN: ReadonlySet<string> = new Set<RecordKind>(['Interaction', 'Grant']);

/** Before the key of a record that was found by something else than its id: nobody can present one. */
const STORED = '#';

/** Under what a record lies. Credentials lie hashed: who reads the table can use none of them (security 14). */
export function recordKey(kind: string, id: string): string {
  if (id.startsWith(STORED)) return id.slice(STORED.length);
  return PLAIN.has(kind) ? `${kind}:${id}` : sha256(id);
}

/** The id of a record whose real one is not known here. */
export const idOfKey = (key: string): string => `${STORED}${key}`;

/** Whether this is an id that somebody may have been given: what the provider makes, and no key. */
export const isPresentable = (id: string): boolean => /^[\w-]{1,128}$/.test(id);

interface Whose {
  accountId?: unknown;
}

/** What an interaction ended with. */
interface Result {
  login?: Whose & { ts?: unknown };
  secondFactor?: Whose & { at?: unknown };
  consent?: { grantId?: unknown };
}
const resultOf = ({ result }: RecordPayload): Result => (result ?? {}) as Result;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The row of a model's payload. The id is left out of it: for most kinds it is the credential itself. */
export function rowOf(kind: RecordKind, id: string, payload: RecordPayload, ttlSeconds: number): RecordRow {
  const { jti: _jti, ...kept } = payload;
  const isSession = kind === 'Session';
  const session = kept.session as { cookie?: string; uid?: string } | undefined;
  // the session's own credential, which nobody asks an interaction for
  if (kind === 'Interaction' && session?.cookie !== undefined) {
    const { cookie: _cookie, ...rest } = session;
    kept.session = rest;
  }
  return {
    key: recordKey(kind, id),
    kind,
    payload: JSON.stringify(kept),
    userId: kind === 'Interaction' ? userOf(kept) : textOf(kept.accountId),
    clientId: textOf(kept.clientId),
    grantId: kind === 'Interaction' ? consentOf(kept) : textOf(kept.grantId),
    uid: isSession ? textOf(kept.uid) : null,
    sessionUid: isSession ? null : textOf(kept.sessionUid ?? session?.uid),
    shownAt: shownAt(kept),
    isSecondFactor: resultOf(kept).secondFactor !== undefined,
    ttlSeconds,
  };
}

/**
 * Whose an interaction is: whom it let in, which no session says before it is resumed (SES-06), else whose session it began
 * with.
 */
function userOf(payload: RecordPayload): string | null {
  const { login, secondFactor } = resultOf(payload);
  return textOf((login ?? secondFactor ?? (payload.session as Whose | undefined))?.accountId);
}

function shownAt(payload: RecordPayload): number | null {
  const { login, secondFactor } = resultOf(payload);
  // of what was refreshed or redeemed late counts when its user was let in, not when it was issued
  const own = payload.loginTs ?? login?.ts ?? secondFactor?.at;
  const at = own ?? payload.letInAt ?? payload.authTime ?? payload.iiat ?? payload.iat;
  return typeof at === 'number' ? at : null;
}

/** The grant that an interaction ended with: whoever resumes it asks for it next. */
const consentOf = (payload: RecordPayload): string | null => textOf(resultOf(payload).consent?.grantId);
