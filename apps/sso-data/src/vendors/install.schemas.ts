import { z } from 'zod';
import { elementDescription, elementName, ELEMENTS_MAX } from '../elements/element.schemas.ts';

/** `?dryRun=true` says what would happen and changes nothing. */
export const dryRunQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type DryRunQuery = z.output<typeof dryRunQuery>;

const planElement = z.strictObject({ name: elementName, description: elementDescription });

const uiTextPrefix = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be 1 to 64 letters, digits and underscores, a letter first')
  .meta({ description: 'What the names of the vendor’s texts begin with', example: 'ExampleSSO' });

/** Body of install: what the vendor needs, whole (seed: db_plan). What it does not name is no longer part of the plan. */
export const installRequest = z
  .strictObject({
    thirdPartyDataElements: z
      .array(planElement)
      .max(ELEMENTS_MAX)
      .superRefine((elements, context) => {
        const seen = new Map<string, string>();
        elements.forEach(({ name, description }, place) => {
          if ((seen.get(name) ?? description) !== description)
            context.addIssue({
              code: 'custom',
              path: [place, 'name'],
              message: 'is there twice, described otherwise',
            });
          seen.set(name, description);
        });
      }),
    uiTextPrefix: uiTextPrefix.optional(),
  })
  .meta({ id: 'InstallPlan' });
export type InstallRequest = z.infer<typeof installRequest>;

const names = (description: string) => z.array(z.string()).meta({ description });

export const installView = z
  .object({
    dryRun: z.boolean(),
    changed: z.boolean().meta({ description: 'False: everything was so already' }),
    elements: z.object({
      added: names('New to this vendor’s plan'),
      changed: names('Defined before, with another description, which is replaced'),
      unchanged: names('Were so already'),
      released: names('In the former plan only; the elements themselves stay'),
    }),
    uiTextPrefix: z.object({ from: z.string().optional(), to: z.string().optional() }),
  })
  .meta({ id: 'InstallResult' });
export type InstallView = z.infer<typeof installView>;

/** Body of uninstall. */
export const uninstallRequest = z
  .strictObject({
    confirm: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'The `confirm` of a dry run: it fits as long as exactly that would be lost' }),
  })
  .meta({ id: 'UninstallRequest' });
export type UninstallRequest = z.infer<typeof uninstallRequest>;

export const uninstallView = z
  .object({
    dryRun: z.boolean(),
    loses: z.object({
      elements: names('Elements that the plan defined and nobody else uses'),
      values: z.int(),
      users: z.int().meta({ description: 'Whose values they are' }),
    }),
    confirm: z.string().meta({ description: 'Stands for exactly this loss' }),
  })
  .meta({ id: 'UninstallResult' });
export type UninstallView = z.infer<typeof uninstallView>;
