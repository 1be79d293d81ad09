import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';

/** Most values one user may have over all vendors: all of them are read together. */
export const VALUES_MAX = 1_000;
/** Most that a user's values may take together, encrypted, in characters: one user's must not slow down another's. */
export const SEALED_MAX = 512 * 1024;
/** Longest value, in characters. */
export const VALUE_MAX = 4_096;

/** A value: any text, the empty one too (deleting is DELETE's). Postgres keeps no NUL, UTF-8 no half of a pair. */
export const thirdPartyValue = z
  .string()
  .max(VALUE_MAX)
  .refine((text) => text.isWellFormed(), 'must not contain a lone surrogate')
  .refine((text) => !text.includes('\u0000'), 'must not contain NUL');

/** Body of PUT. */
export const thirdPartyDataRequest = z
  .strictObject({ value: thirdPartyValue.meta({ example: '5f0c2b1e-6a2b-4b0e-9d7a-1c1f3b0d9a10' }) })
  .meta({ id: 'ThirdPartyDataRequest' });
export type ThirdPartyDataRequest = z.infer<typeof thirdPartyDataRequest>;

const delivered = z
  .boolean()
  .meta({ description: 'Whether the vendor’s handler is told it: `Session.…` is' });

/** A value as management sees it. */
export const thirdPartyDataItem = z
  .object({
    vendor: z.string(),
    key: z.string(),
    value: z.string(),
    delivered,
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ThirdPartyDataItem' });
export type ThirdPartyDataItem = z.infer<typeof thirdPartyDataItem>;

/** Everything of a user for one vendor: never in pages, since a vendor has at most 500 elements. */
export const thirdPartyDataOfVendor = z
  .object({ items: z.array(thirdPartyDataItem) })
  .meta({ id: 'ThirdPartyDataOfVendor' });

export const thirdPartyDataList = pageOf(thirdPartyDataItem).meta({ id: 'ThirdPartyDataList' });
export type ThirdPartyDataList = z.infer<typeof thirdPartyDataList>;

/** A value as its user sees it: with what it is. */
export const myThirdPartyDataItem = thirdPartyDataItem
  .extend({ description: z.string() })
  .meta({ id: 'MyThirdPartyDataItem' });
export type MyThirdPartyDataItem = z.infer<typeof myThirdPartyDataItem>;

export const myThirdPartyDataList = pageOf(myThirdPartyDataItem).meta({ id: 'MyThirdPartyDataList' });
export type MyThirdPartyDataList = z.infer<typeof myThirdPartyDataList>;

/** Where a page of either list ended: vendor and key. */
export const dataPosition = z.tuple([z.string(), z.string()]);
export type DataPosition = z.infer<typeof dataPosition>;
export const placeOf = ({ vendor, key }: ThirdPartyDataItem): DataPosition => [vendor, key];
