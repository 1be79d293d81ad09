import { Module, type Provider, type Type } from '@nestjs/common';

/** Feature by feature: each folder's `.parts.ts` says what it adds. */
const features: { controllers: Type[]; providers: Provider[] }[] = [];

/** Table of contents of oidc-broker. */
@Module({
  controllers: features.flatMap(({ controllers }) => controllers),
  providers: features.flatMap(({ providers }) => providers),
})
export class AppModule {}
