import type { DirectoryUserView } from './directory.schemas.ts';
import type { DirectoryUser } from './directory.types.ts';

/** A user as management sees them. */
export const viewOf = ({
  userId,
  username,
  name,
  enabled,
  hasPassword,
  createdAt,
  updatedAt,
}: DirectoryUser): DirectoryUserView => ({
  userId,
  username,
  ...(name !== undefined && { name }),
  enabled,
  hasPassword,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
