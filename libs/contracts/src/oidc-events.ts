import { z } from 'zod';
import { type EventKind, kind } from './event-kind.ts';

const client = z.object({ clientId: z.string() });
const directoryUser = z.object({ userId: z.string() });

/** What oidc-broker says. Users by their id alone. */
export const OIDC_EVENTS = {
  'oidc.login.completed.v1': kind(
    'oidc.logins',
    'A user signed in to a client; `mfaSkipped` where a remembered device stood in for a second factor',
    z.object({
      userId: z.string(),
      clientId: z.string(),
      amr: z.array(z.string()),
      acr: z.string(),
      /** The policy of the client or scope that was satisfied. */
      policy: z.string().optional(),
      secondFactor: z.boolean(),
      mfaSkipped: z.boolean(),
    }),
  ),
  'oidc.login.refused.v1': kind(
    'oidc.logins',
    'A factor was refused in a login, or the user turned it down; without `userId` where nobody is known by that name',
    z.object({
      userId: z.string().optional(),
      clientId: z.string(),
      factor: z.string(),
      reason: z.string().max(100),
    }),
  ),
  'oidc.client.created.v1': kind('oidc.clients', 'A client was registered', client),
  'oidc.client.changed.v1': kind(
    'oidc.clients',
    'A client was changed, or got a new secret: the members that are other now, never their values',
    client.extend({ members: z.array(z.string()).max(50) }),
  ),
  'oidc.client.deleted.v1': kind('oidc.clients', 'A client is gone, its tokens with it', client),
  'directory.user.created.v1': kind('directory.users', 'A user has an entry in the directory', directoryUser),
  'directory.user.changed.v1': kind(
    'directory.users',
    'An entry was changed: what is other now (`password`, `image-passcode`, `enabled`, `name`), never the values',
    directoryUser.extend({ members: z.array(z.string()).max(20) }),
  ),
  'directory.user.deleted.v1': kind('directory.users', 'An entry is gone, and its passwords', directoryUser),
} as const satisfies Record<string, EventKind>;
