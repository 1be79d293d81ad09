import type { NewEvent } from '@countersign/messaging';
import type { DataOwner } from './third-party-data.repository.ts';

/** Of whom an event tells: events of one user come in order. */
export const about = ({ appId, userId }: DataOwner) => ({ appId, subject: userId, key: userId });

/** Values were added or replaced. Tells names only. */
export const savedEvent = (
  owner: DataOwner,
  vendor: string,
  names: string[],
  by: 'launch' | 'management',
): NewEvent<'sso.user-data.saved.v1'> => ({
  ...about(owner),
  type: 'sso.user-data.saved.v1',
  data: { userId: owner.userId, vendor, names, by },
});

/** Values were deleted: one event for each vendor. Tells names only. */
export function deletedEvents(
  owner: DataOwner,
  deleted: readonly { vendor: string; element: string }[],
  by: 'management' | 'user' | 'uninstall',
): NewEvent<'sso.user-data.deleted.v1'>[] {
  const names = new Map<string, string[]>();
  for (const { vendor, element } of deleted) names.set(vendor, [...(names.get(vendor) ?? []), element]);
  return [...names].map(([vendor, ofVendor]) => ({
    ...about(owner),
    type: 'sso.user-data.deleted.v1',
    data: { userId: owner.userId, vendor, names: ofVendor.sort(), by },
  }));
}
