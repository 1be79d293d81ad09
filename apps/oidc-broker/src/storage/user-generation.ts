import type { Tx } from '@countersign/persistence';

/** Of a user who is not in the directory (any more): no generation is this one. */
export const NO_GENERATION = '0';

/**
 * What the user has open ends with this transaction, and nothing that relied on it is written afterwards: requests under
 * way write only for the generation that they found (SES-06). Before anything is deleted: it waits for writes that were
 * faster, and the statements after it see them.
 */
export async function nextGeneration(tx: Tx, appId: string, userId: string): Promise<void> {
  await tx.query(
    `UPDATE directory_users SET generation = nextval('directory_generations')
     WHERE app_id = $1 AND user_id = $2`,
    [appId, userId],
  );
}
