import { plainText } from '@countersign/contracts';
import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';

/** Most vendors an application can have. */
export const VENDORS_MAX = 200;

/** Id of a vendor, chosen by the application. */
export const vendorId = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,62})$/,
    'must be 1 to 63 lower-case letters, digits and dashes, no dash first',
  )
  .meta({ description: 'Vendor, as the application named it', example: 'acme' });

const handlerUrl = z
  .string()
  .min(1)
  .max(2048)
  .meta({ description: 'Where launches ask the vendor; https', example: 'https://vendor.example/sso' });

/** Body of PUT. It sets these members; an install stays. */
export const vendorRequest = z
  .strictObject({
    name: plainText(100).meta({ example: 'Acme Rewards' }),
    handlerUrl,
    endUserErrorMessage: plainText(500).optional().meta({
      description: 'What users are told where a launch leads nowhere and the vendor says nothing',
    }),
  })
  .meta({ id: 'VendorRequest' });
export type VendorRequest = z.infer<typeof vendorRequest>;

export const vendorView = z
  .object({
    vendor: z.string(),
    name: z.string(),
    handlerUrl: z.string(),
    endUserErrorMessage: z.string().optional(),
    uiTextPrefix: z.string().optional().meta({ description: 'Of the install plan' }),
    installedAt: z.iso.datetime().optional().meta({ description: 'Since when the plan is as it is' }),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Vendor' });
export type VendorView = z.infer<typeof vendorView>;

export const vendorList = pageOf(vendorView).meta({ id: 'VendorList' });
export type VendorList = z.infer<typeof vendorList>;
