import { newUsernameSchema, plainText } from '@countersign/contracts';
import { pageOf, pageQuery } from '@countersign/service-kit';
import { z } from 'zod';

const displayName = plainText(200).meta({ example: 'Dana Scully' });

/** What a password may be is said by `directory/password-refused`; it is never shown again. */
const newPassword = z.string().min(1).max(4096).meta({
  description:
    'As long as the application demands (15 characters by default), at most 1024 bytes, none that is tried first',
  example: 'orange boat sails north',
});

/** Body of POST. */
export const createUserRequest = z
  .strictObject({
    username: newUsernameSchema.meta({ example: 'dana' }),
    password: newPassword.optional(),
    name: displayName.optional(),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'DirectoryUserRequest' });
export type CreateUserRequest = z.output<typeof createUserRequest>;

/** Body of PATCH: what is absent stays. */
export const patchUserRequest = z
  .strictObject({
    name: displayName.nullable().optional().meta({ description: 'null takes it away' }),
    enabled: z.boolean().optional().meta({ description: 'false ends sessions and tokens at once' }),
  })
  .meta({ id: 'DirectoryUserPatch' });
export type PatchUserRequest = z.output<typeof patchUserRequest>;

export const passwordRequest = z
  .strictObject({ password: newPassword })
  .meta({ id: 'DirectoryPasswordRequest' });
export type PasswordRequest = z.output<typeof passwordRequest>;

export const directoryUserView = z
  .object({
    userId: z.string(),
    username: z.string(),
    name: z.string().optional(),
    enabled: z.boolean(),
    hasPassword: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'DirectoryUser' });
export type DirectoryUserView = z.infer<typeof directoryUserView>;

/** One user, with what keeps their password from being taken. */
export const directoryUserDetail = directoryUserView
  .extend({
    passwordLock: z
      .enum(['temporary', 'until-unlocked'])
      .optional()
      .meta({ description: 'After wrong ones; passkeys still work' }),
  })
  .meta({ id: 'DirectoryUserDetail' });
export type DirectoryUserDetail = z.infer<typeof directoryUserDetail>;

export const directoryUserQuery = pageQuery.extend({
  prefix: z
    .string()
    .max(256)
    .default('')
    .meta({ description: 'Only names that begin so, compared without case' }),
});
export type DirectoryUserQuery = z.output<typeof directoryUserQuery>;

export const directoryUserList = pageOf(directoryUserView).meta({ id: 'DirectoryUserList' });
export type DirectoryUserList = z.infer<typeof directoryUserList>;
