import { accept, type Decision, refuse } from '@countersign/kernel';
import type { Vault } from '@countersign/security';
import { z } from 'zod';

/** What every list takes: `limit` (50, at most 200) and `cursor` (the `next` of the answer before). */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(1000).optional(),
});
export type PageQuery = z.output<typeof pageQuery>;

/** What every list answers. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: 'Cursor of the next page' }),
  });

/** A cursor for `list` that says where to go on: sealed, so that nobody reads or forges one. */
export const encodeCursor = (vault: Vault, list: string, position: unknown): string =>
  vault.seal(JSON.stringify(position), `cursor:${list}`);

/**
 * A page out of `found`: up to `limit` of it, and where to go on if there is more. Whoever asks for one more than
 * `limit` knows that; `positionOf` is what {@link decodeCursor} answers for the next page.
 */
export function cutPage<T>(
  vault: Vault,
  list: string,
  { found, limit, positionOf }: { found: readonly T[]; limit: number; positionOf: (last: T) => unknown },
): { items: T[]; next?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: encodeCursor(vault, list, positionOf(last)) };
}

/** The position in a cursor of the same `list`; refuses what is not one of ours. */
export function decodeCursor<T>(
  vault: Vault,
  list: string,
  cursor: string | undefined,
  position: z.ZodType<T>,
): Decision<T | undefined, 'request/cursor-invalid'> {
  if (cursor === undefined) return accept(undefined);
  try {
    return accept(position.parse(JSON.parse(vault.open(cursor, `cursor:${list}`))));
  } catch {
    return refuse('request/cursor-invalid', { field: 'cursor' });
  }
}
