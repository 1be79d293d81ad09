import {
  type Environment,
  readEnvironment,
  type ServiceConfig,
  serviceEnvironment,
  toServiceConfig,
} from '@countersign/service-kit';
import { ssoDataEnvironment } from './settings.ts';

/** A key that users' data keys are encrypted with. */
export interface KeyEncryptionKey {
  id: string;
  /** 32 bytes. */
  key: Uint8Array;
}

/** Settings of sso-data. */
export interface SsoDataConfig extends ServiceConfig {
  /** The first encrypts, all decrypt. Absent: one derived from the master key. */
  keyEncryptionKeys?: KeyEncryptionKey[];
  /** Hosts, addresses and CIDR ranges of vendors' handlers that may be private, or without TLS. */
  privateHandlers: string[];
}

const environment = serviceEnvironment.extend(ssoDataEnvironment.shape);

/** The settings, from the environment. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadSsoDataConfig(env?: Environment): SsoDataConfig {
  const read = readEnvironment(environment, env);
  const config = toServiceConfig(read);
  const local = config.securityProfile === 'development' ? ['localhost', '127.0.0.0/8', '::1'] : [];
  return {
    ...config,
    ...(read.KEY_ENCRYPTION_KEYS && { keyEncryptionKeys: read.KEY_ENCRYPTION_KEYS }),
    privateHandlers: [...local, ...read.SSO_HANDLER_PRIVATE_HOSTS],
  };
}
