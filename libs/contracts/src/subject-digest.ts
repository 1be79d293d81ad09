import { base64url } from '@countersign/kernel';
import canonicalize from 'canonicalize';

/** What an approval is about: exactly what was parked, as sent. Absent members are left out of the digest. */
export type Subject =
  | { appId: string; username: string; name: string; auditActionId: string; details?: unknown }
  | { appId: string; username: string; transactionIds: string[]; payload?: string };

/**
 * base64url SHA-256 over the RFC 8785 form of `subject` (transaction ids sorted). A host computes the same over
 * what it parked and compares; one digest never fits another change.
 * Rejects with TypeError if `subject` has no canonical form.
 */
export async function subjectDigest(subject: Subject): Promise<string> {
  const sorted =
    'transactionIds' in subject
      ? { ...subject, transactionIds: [...subject.transactionIds].sort() }
      : subject;
  const canonical = canonicalize(
    Object.fromEntries(Object.entries(sorted).filter(([, v]) => v !== undefined)),
  );
  if (canonical === undefined) throw new TypeError('the subject has no canonical JSON form');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical));
  return base64url(new Uint8Array(digest));
}
