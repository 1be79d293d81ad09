import { applicationName } from '@countersign/contracts';
import { z } from 'zod';
import { LOGO_BYTES, readLogo } from './logo.decide.ts';

const colour = z
  .string()
  .toLowerCase()
  .regex(/^#[0-9a-f]{6}$/, 'must be #rrggbb')
  .meta({
    description: 'Of buttons and links; text on it and shades of it are chosen readable',
    example: '#0b57d0',
  });

const logo = z
  .string()
  .max(Math.ceil(LOGO_BYTES / 3) * 4 + 100, 'must be 64 KiB or less')
  .superRefine((uri, context) => {
    const read = readLogo(uri);
    if ('fault' in read) context.addIssue({ code: 'custom', message: read.fault });
  })
  .meta({ description: 'PNG as a data URI, 64 KiB or less', example: 'data:image/png;base64,iVBORw0KGgo…' });

/** Body of PUT: the look of the application's pages, whole. */
export const themeRequest = z
  .strictObject({ name: applicationName.meta({ example: 'Demo Bank' }), colour, logo: logo.optional() })
  .meta({ id: 'ThemeRequest' });
export type ThemeRequest = z.infer<typeof themeRequest>;

export const themeView = z
  .object({
    name: z.string(),
    colour: z.string(),
    logo: z.string().optional(),
    updatedAt: z.iso.datetime().optional().meta({ description: 'Absent: nothing was set yet' }),
  })
  .meta({ id: 'Theme' });
export type ThemeView = z.infer<typeof themeView>;
