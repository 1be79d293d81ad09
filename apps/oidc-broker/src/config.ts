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
  /** Hosts, addresses and CIDR ranges of clients' back-channel logout that may be private, or without TLS. */
  privateRelyingParties: string[];
}

const THIS_MACHINE = ['localhost', '127.0.0.0/8', '::1'];

const environment = serviceEnvironment.extend(oidcBrokerEnvironment.shape);

/** The settings, from the environment. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadOidcBrokerConfig(env?: Environment): OidcBrokerConfig {
  const read = readEnvironment(environment, env);
  const config = toServiceConfig(read);
  if (config.securityProfile === 'production' && read.PASSWORD_HASH_KIB < PASSWORD_HASH_KIB)
    throw new EnvironmentInvalid([`PASSWORD_HASH_KIB: must be at least ${PASSWORD_HASH_KIB} in production`]);
  const { hostname, port, protocol } = new URL(config.publicUrl);
  const isDevelopment = config.securityProfile === 'development';
  const isLocal = isDevelopment && protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
  const names = isLocal ? ['localhost', '127.0.0.1', '{app}.localhost'] : [];
  return {
    ...config,
    passwordHashKib: read.PASSWORD_HASH_KIB,
    privateRelyingParties: [...(isDevelopment ? THIS_MACHINE : []), ...read.BACKCHANNEL_LOGOUT_PRIVATE_HOSTS],
    oidcOrigins: [...read.OIDC_ORIGINS, ...names.map((name) => `http://${name}${port && `:${port}`}`)],
  };
}
