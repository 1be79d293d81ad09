import { appIdSchema, applicationName, applicationSettings } from '@countersign/contracts';
import { z } from 'zod';

/** Any part of the settings; checked as a whole after it has been laid over what is there. */
const someSettings = z
  .record(z.string(), z.unknown())
  .meta({ description: 'Any part of ApplicationSettings, merged member by member' });

export const createApplicationRequest = z
  .strictObject({ appId: appIdSchema, name: applicationName, settings: someSettings.optional() })
  .meta({ id: 'CreateApplicationRequest' });
export type CreateApplicationRequest = z.infer<typeof createApplicationRequest>;

export const changeApplicationRequest = z
  .strictObject({ name: applicationName.optional(), settings: someSettings.optional() })
  .meta({ id: 'ChangeApplicationRequest' });
export type ChangeApplicationRequest = z.infer<typeof changeApplicationRequest>;

export const applicationAnswer = z
  .object({
    appId: z.string(),
    name: z.string(),
    settings: applicationSettings,
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Application' });
export type ApplicationAnswer = z.infer<typeof applicationAnswer>;

export const applicationList = z
  .object({ items: z.array(applicationAnswer), next: z.string().optional() })
  .meta({ id: 'ApplicationList' });
export type ApplicationList = z.infer<typeof applicationList>;
