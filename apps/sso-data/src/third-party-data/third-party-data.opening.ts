import { isDelivered } from '../elements/element.schemas.ts';
import { type SealedValues, USER_KEY_ID } from '../sealed-values/sealed-values.ts';
import type { WrappedKey } from '../users/user-keys.ts';
import { type DataOwner, type FoundValue, valueOwner } from './third-party-data.repository.ts';
import type { ThirdPartyDataItem } from './third-party-data.schemas.ts';

/** A row as it is shown, opened. Throws (a fault) if it is another owner's, was changed, or its key is not here. */
export const openItem = (
  sealed: SealedValues,
  owner: DataOwner,
  { vendor, element, sealedValue, updatedAt }: FoundValue,
  wrapped: WrappedKey | undefined,
): ThirdPartyDataItem => ({
  vendor,
  key: element,
  value: sealed.open({ sealedValue, keyId: USER_KEY_ID }, valueOwner(owner, vendor, element), wrapped),
  delivered: isDelivered(element),
  updatedAt: updatedAt.toISOString(),
});
