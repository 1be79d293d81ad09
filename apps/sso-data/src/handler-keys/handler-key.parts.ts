import { HandlerKeyController } from './handler-key.controller.ts';
import { HandlerKeys } from './handler-keys.ts';

/** What this feature adds to the service. */
export const handlerKeyParts = {
  controllers: [HandlerKeyController], // /v1/sso/jwks.json
  providers: [HandlerKeys],
};
