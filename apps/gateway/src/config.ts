import {
  type DoorConfig,
  doorEnvironment,
  type Environment,
  readEnvironment,
  toDoorConfig,
} from '@countersign/service-kit';

/** HOST, PORT (4000), PUBLIC_URL, the services' URLs and TRUSTED_PROXIES: none unless set, because nobody stands before the gateway. */
export function loadConfig(env?: Environment): DoorConfig {
  const { shape } = doorEnvironment;
  const schema = doorEnvironment.extend({
    PORT: shape.PORT.default(4000),
    TRUSTED_PROXIES: shape.TRUSTED_PROXIES.removeDefault().default([]),
  });
  return toDoorConfig(readEnvironment(schema, env));
}
