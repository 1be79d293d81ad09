import type { DataPosition, ThirdPartyDataItem } from './third-party-data.schemas.ts';

/** The answer about a vendor as JSON: made once when values are read, sent as often as it is asked for. */
export const answerOf = (items: readonly ThirdPartyDataItem[]): string => JSON.stringify({ items });

/** The answer where there are none. */
export const NO_ITEMS = answerOf([]);

/** The items of an {@link answerOf}. */
export const itemsOf = (answer: string): ThirdPartyDataItem[] =>
  (JSON.parse(answer) as { items: ThirdPartyDataItem[] }).items;

/** The answers by vendor, in the order of `items`. */
export function answersByVendor(items: readonly ThirdPartyDataItem[]): Map<string, string> {
  const byVendor = new Map<string, ThirdPartyDataItem[]>();
  for (const item of items) {
    const ofVendor = byVendor.get(item.vendor);
    if (ofVendor) ofVendor.push(item);
    else byVendor.set(item.vendor, [item]);
  }
  return new Map([...byVendor].map(([vendor, ofVendor]) => [vendor, answerOf(ofVendor)]));
}

/** Up to `limit` items out of answers that are in order, by vendor and key, from the first one after `after`. */
export function itemsAfter(
  answers: ReadonlyMap<string, string>,
  after: DataPosition | undefined,
  limit: number,
): ThirdPartyDataItem[] {
  const [afterVendor = '', afterKey = ''] = after ?? [];
  const found: ThirdPartyDataItem[] = [];
  for (const [vendor, answer] of answers) {
    if (found.length >= limit) break;
    if (vendor < afterVendor) continue;
    for (const item of itemsOf(answer)) if (vendor > afterVendor || item.key > afterKey) found.push(item);
  }
  return found.slice(0, limit);
}
