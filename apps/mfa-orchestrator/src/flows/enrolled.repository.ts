import type { Acr, ApplicationSettings, MfaContext } from '@countersign/contracts';
import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { FACTOR_LOCK, FACTOR_LOCK_HARD } from './factor-locks.ts';
import type { EnrolledFactor } from './proof.types.ts';

/** A factor as {@link ENROLLED_SQL} answers it. */
export interface EnrolledRow {
  factor: EnrolledFactor['factor'];
  verifies: boolean;
  /** A passkey that nobody seems to have copied, a contact that is old enough. */
  fit: boolean;
  locked: boolean;
}

const ACR = (row: EnrolledRow): Acr => (row.factor === 'passkey' && row.verifies ? 'aal2' : 'aal1');

/** How old a contact must be in seconds; in a login it may be as young as it likes. */
export const contactAge = (
  context: MfaContext,
  { contactMinAgeSeconds }: Pick<ApplicationSettings, 'contactMinAgeSeconds'>,
): number => (context === 'login' ? 0 : contactMinAgeSeconds);

/** What the user $1 has, contacts being as old as $2 seconds. */
export const ENROLLED_SQL = `WITH own AS (
  SELECT 'passkey' AS factor, bool_or(user_verified) AS verifies, bool_or(NOT suspect) AS fit
  FROM passkeys WHERE user_id = $1 HAVING count(*) > 0
  UNION ALL
  SELECT 'otp:' || channel, false, bool_or(verified_at <= clock_timestamp() - make_interval(secs => $2))
  FROM contacts WHERE user_id = $1 AND verified_at IS NOT NULL GROUP BY channel
  UNION ALL
  SELECT 'totp', false, true FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NOT NULL
  UNION ALL
  SELECT 'recovery', false, true FROM recovery_codes
  WHERE user_id = $1 AND confirmed_at IS NOT NULL AND consumed_at IS NULL HAVING count(*) > 0)
SELECT own.factor, own.verifies, own.fit, EXISTS (
  SELECT 1 FROM attempts a WHERE a.key = $1 AND a.expires_at > clock_timestamp()
    AND ((a.scope = '${FACTOR_LOCK.scope}' || own.factor AND a.count >= ${FACTOR_LOCK.limit})
      OR (a.scope = '${FACTOR_LOCK_HARD.scope}' || own.factor AND a.count >= ${FACTOR_LOCK_HARD.limit}))) AS locked
FROM own`;

export function toEnrolled(row: EnrolledRow): EnrolledFactor {
  const unfit = row.factor === 'passkey' ? 'suspect' : 'too-young';
  const why = row.locked ? 'locked' : row.fit ? undefined : unfit;
  return { factor: row.factor, acr: ACR(row), usable: why === undefined, ...(why && { why }) };
}

/** The factors a user has with us, and which of them may be used here and now. One statement, for every step asks. */
@Injectable()
export class EnrolledFactors {
  async of(
    db: Tx | Database,
    userId: string,
    context: MfaContext,
    settings: Pick<ApplicationSettings, 'contactMinAgeSeconds'>,
  ): Promise<EnrolledFactor[]> {
    if (userId === '') return [];
    const rows = await db.query<EnrolledRow>(
      ENROLLED_SQL,
      [userId, contactAge(context, settings)],
      'enrolled-factors',
    );
    return rows.map(toEnrolled);
  }
}
