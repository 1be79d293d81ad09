import type { NewEvent } from '@countersign/messaging';

/** An entry has other `members` now. */
export const userChanged = (appId: string, userId: string, members: string[]): NewEvent => ({
  type: 'directory.user.changed.v1',
  appId,
  subject: userId,
  key: userId,
  data: { userId, members },
});
