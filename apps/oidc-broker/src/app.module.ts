import { Module, type Provider, type Type } from '@nestjs/common';
import { accountParts } from './account/account.parts.ts';
import { adminParts } from './admin/admin.parts.ts';
import { backChannelLogoutParts } from './back-channel-logout/back-channel-logout.parts.ts';
import { clientParts } from './clients/client.parts.ts';
import { directoryParts } from './directory/directory.parts.ts';
import { mfaParts } from './mfa/mfa.parts.ts';
import { consentParts } from './consents/consent.parts.ts';
import { loginParts } from './logins/login.parts.ts';
import { rememberedDeviceParts } from './remembered-devices/remembered-device.parts.ts';
import { imagePasscodeParts } from './image-passcodes/image-passcode.parts.ts';
import { pagesParts } from './pages/pages.parts.ts';
import { providerParts } from './providers/provider.parts.ts';
import { scopeParts } from './scopes/scope.parts.ts';
import { signingKeyParts } from './signing-keys/signing-key.parts.ts';
import { storageParts } from './storage/storage.parts.ts';

/** Feature by feature: each folder's `.parts.ts` says what it adds. */
const features: { controllers: Type[]; providers: Provider[] }[] = [
  pagesParts,
  clientParts,
  scopeParts,
  storageParts,
  signingKeyParts,
  providerParts,
  backChannelLogoutParts,
  directoryParts,
  mfaParts,
  loginParts,
  consentParts,
  rememberedDeviceParts,
  imagePasscodeParts,
  accountParts,
  adminParts,
];

/** Table of contents of oidc-broker. */
@Module({
  controllers: features.flatMap(({ controllers }) => controllers),
  providers: features.flatMap(({ providers }) => providers),
})
export class AppModule {}
