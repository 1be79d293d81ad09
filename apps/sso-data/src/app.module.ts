import { Module, type Provider, type Type } from '@nestjs/common';
import { cacheParts } from './cache/cache.parts.ts';
import { elementParts } from './elements/element.parts.ts';
import { handlerKeyParts } from './handler-keys/handler-key.parts.ts';
import { launchParts } from './launch/launch.parts.ts';
import { mfaContextParts } from './mfa-context/mfa-context.parts.ts';
import { mfaRegistrationParts } from './mfa-registrations/mfa-registration.parts.ts';
import { SealedValues } from './sealed-values/sealed-values.ts';
import { ssoIdentifierParts } from './sso-identifiers/sso-identifier.parts.ts';
import { thirdPartyDataParts } from './third-party-data/third-party-data.parts.ts';
import { userParts } from './users/user.parts.ts';
import { vendorParts } from './vendors/vendor.parts.ts';

/** Feature by feature: each folder's `.parts.ts` says what it adds. */
const features: { controllers: Type[]; providers: Provider[] }[] = [
  ...[vendorParts, elementParts, thirdPartyDataParts, launchParts, handlerKeyParts, cacheParts],
  ...[ssoIdentifierParts, mfaRegistrationParts, mfaContextParts, userParts],
];

/** Table of contents of sso-data. */
@Module({
  controllers: features.flatMap(({ controllers }) => controllers),
  providers: [...features.flatMap(({ providers }) => providers), SealedValues],
})
export class AppModule {}
