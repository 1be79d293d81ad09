import {
  type Environment,
  type ServiceConfig,
  readEnvironment,
  serviceEnvironment,
  toServiceConfig,
} from '@countersign/service-kit';
import { z } from 'zod';

/** Settings of token-service. */
export interface TokenServiceConfig extends ServiceConfig {
  /** Where the first platform key is written (mode 600); needed at first start only. */
  platformKeyFile?: string;
}

const environment = serviceEnvironment.extend({
  /** Where the first platform key is written (mode 600); needed at first start only. */
  PLATFORM_KEY_FILE: z.string().optional(),
});

/** The settings, from the environment. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadTokenServiceConfig(env?: Environment): TokenServiceConfig {
  const read = readEnvironment(environment, env);
  return {
    ...toServiceConfig(read),
    ...(read.PLATFORM_KEY_FILE !== undefined && { platformKeyFile: read.PLATFORM_KEY_FILE }),
  };
}
