import { providerName } from './passkey-providers.decide.ts';
import type { PasskeyView } from './passkey.schemas.ts';
import type { Passkey } from './passkey.types.ts';

/** A passkey as LoginID's clients read it. */
export const viewOf = (passkey: Passkey): PasskeyView => ({
  id: passkey.id,
  name: passkey.name,
  createdAt: passkey.createdAt.toISOString(),
  aaguid: passkey.aaguid,
  credentialId: passkey.credentialId,
  credentialSynced: passkey.backedUp,
  ...(passkey.lastUsedAt && { lastUsedAt: passkey.lastUsedAt.toISOString() }),
  ...(passkey.lastUsedFrom && { lastUsedFromDevice: passkey.lastUsedFrom }),
  providerName: providerName(passkey.aaguid),
});
