import {
  type Environment,
  EnvironmentInvalid,
  readEnvironment,
  type ServiceConfig,
  serviceEnvironment,
  toServiceConfig,
} from '@countersign/service-kit';
import { oidcBrokerEnvironment, PASSWORD_HASH_KIB } from './settings.ts';

/** Settings of oidc-broker. */
export interface OidcBrokerConfig extends ServiceConfig {
  /** Origins that are issuers besides `publicUrl`, with `{app}` for an application's id. */
  oidcOrigins: string[];
  /** Memory that hashing a password takes, in KiB. */
  passwordHashKib: number;
}

const environment = serviceEnvironment.extend(oidcBrokerEnvironment.shape);

/** The settings, from the environment. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadOidcBrokerConfig(env?: Environment): OidcBrokerConfig {
  const read = readEnvironment(environment, env);
  const config = toServiceConfig(read);
  if (config.securityProfile === 'production' && read.PASSWORD_HASH_KIB < PASSWORD_HASH_KIB)
    throw new EnvironmentInvalid([`PASSWORD_HASH_KIB: must be at least ${PASSWORD_HASH_KIB} in production`]);
  const { hostname, port, protocol } = new URL(config.publicUrl);
  const local =
    config.securityProfile === 'development' &&
    protocol === 'http:' &&
    ['localhost', '127.0.0.1'].includes(hostname);
  const names = local ? ['localhost', '127.0.0.1', '{app}.localhost'] : [];
  return {
    ...config,
    passwordHashKib: read.PASSWORD_HASH_KIB,
    oidcOrigins: [...read.OIDC_ORIGINS, ...names.map((name) => `http://${name}${port && `:${port}`}`)],
  };
}
