import { plainText } from '@countersign/contracts';
import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';

/** Most elements an application can have: an instance keeps all of them at hand. */
export const ELEMENTS_MAX = 500;

/** Values of elements whose names start so travel to vendors' handlers; the others are only stored (contracts S4). */
const DELIVERED = 'Session.';

/** Name of a data element, compared exactly. It starts with a letter, so that it is an ordinary name of a JSON member. */
export const elementName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9._-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, dashes and underscores, a letter first',
  )
  .meta({ description: 'Data element, compared exactly', example: 'Session.UserSSOIdentifier' });

/** What people read about an element. */
export const elementDescription = plainText(300).meta({ example: 'a unique identifier for the user' });

/** Whether vendors' handlers are told the values of the element. */
export const isDelivered = (name: string): boolean => name.startsWith(DELIVERED);

/** Body of PUT. */
export const elementRequest = z
  .strictObject({ description: elementDescription })
  .meta({ id: 'ThirdPartyDataElementRequest' });
export type ElementRequest = z.infer<typeof elementRequest>;

export const elementView = z
  .object({
    name: z.string(),
    description: z.string(),
    delivered: z.boolean().meta({ description: 'Whether vendors’ handlers are told its values' }),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ThirdPartyDataElement' });
export type ElementView = z.infer<typeof elementView>;

export const elementList = pageOf(elementView).meta({ id: 'ThirdPartyDataElementList' });
export type ElementList = z.infer<typeof elementList>;
