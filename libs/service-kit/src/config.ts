import type { ServiceName } from '@countersign/contracts';
import type { PrivateJwk, ServiceJwks } from '@countersign/security';
import type { z } from 'zod';
import { type Environment, EnvironmentInvalid, readEnvironment } from './environment.ts';
import { doorEnvironment, serviceEnvironment } from './settings.ts';

/** `development` loads seeds and development pages and is said out loud at start. */
export type SecurityProfile = 'production' | 'development';

/** Settings of a process with a door but without a database or a service key: the gateway. */
export interface DoorConfig {
  host: string;
  /** 0: any free port. */
  port: number;
  securityProfile: SecurityProfile;
  logLevel: string;
  publicUrl: string;
  appHostSuffixes: string[];
  trustedProxies: string[];
  serviceUrls: Record<ServiceName, string>;
}

/** How Kafka is reached; unused where a transport is handed in. */
export interface BusConfig {
  kind: 'kafka' | 'in-process';
  brokers: string[];
  ssl: boolean;
  /** Stands before the names of topics and consumer groups. */
  prefix?: string;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

/** Settings of a service, checked. */
export interface ServiceConfig extends DoorConfig {
  databaseUrl: string;
  databasePool: number;
  bus: BusConfig;
  busTrust?: 'acl';
  serviceKey: PrivateJwk;
  servicesJwks: ServiceJwks;
  /** 32 bytes, from which every other secret of the service is derived. */
  masterKey: Uint8Array;
  crashAt?: string;
}

/** Settings of a gateway-like process. Throws EnvironmentInvalid. */
export function loadDoorConfig(env?: Environment): DoorConfig {
  return toDoorConfig(readEnvironment(doorEnvironment, env));
}

/** Settings of a service. Throws EnvironmentInvalid: names and reasons, never values. */
export function loadServiceConfig(env?: Environment): ServiceConfig {
  return toServiceConfig(readEnvironment(serviceEnvironment, env));
}

export function toDoorConfig(read: z.output<typeof doorEnvironment>): DoorConfig {
  return {
    host: read.HOST,
    port: read.PORT,
    securityProfile: read.SECURITY_PROFILE,
    logLevel: read.LOG_LEVEL,
    publicUrl: read.PUBLIC_URL,
    appHostSuffixes: read.APP_HOST_SUFFIXES.map((suffix) => suffix.toLowerCase()),
    trustedProxies: read.TRUSTED_PROXIES,
    serviceUrls: {
      'token-service': read.TOKEN_SERVICE_URL,
      'mfa-orchestrator': read.MFA_ORCHESTRATOR_URL,
      'sso-data': read.SSO_DATA_URL,
      'oidc-broker': read.OIDC_BROKER_URL,
    },
  };
}

/** For apps with settings of their own: read an extended schema, then take the shared part from here. */
export function toServiceConfig(read: z.output<typeof serviceEnvironment>): ServiceConfig {
  if (read.CRASH_AT !== undefined && read.SECURITY_PROFILE === 'production')
    throw new EnvironmentInvalid(['CRASH_AT: is refused in production']);
  if (read.BUS === 'kafka' && read.KAFKA_BROKERS.length === 0)
    throw new EnvironmentInvalid(['KAFKA_BROKERS: is missing']);
  const login = sasl(read);
  // a broker knows writers apart, and has ACLs to go by, only where they log in
  if (read.BUS === 'kafka' && read.BUS_TRUST && read.SECURITY_PROFILE === 'production' && !login.sasl)
    throw new EnvironmentInvalid([
      'BUS_TRUST: acl needs a login to the broker in production: ' +
        'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    ]);
  return {
    ...toDoorConfig(read),
    databaseUrl: read.DATABASE_URL,
    databasePool: read.DATABASE_POOL,
    bus: {
      kind: read.BUS,
      brokers: read.KAFKA_BROKERS,
      ssl: read.KAFKA_SSL,
      ...(read.TOPIC_PREFIX !== undefined && { prefix: read.TOPIC_PREFIX }),
      ...login,
    },
    ...(read.BUS_TRUST && { busTrust: read.BUS_TRUST }),
    serviceKey: read.SERVICE_KEY,
    servicesJwks: read.SERVICES_JWKS,
    masterKey: read.MASTER_KEY,
    ...(read.CRASH_AT !== undefined && { crashAt: read.CRASH_AT }),
  };
}

function sasl(read: z.output<typeof serviceEnvironment>): Pick<BusConfig, 'sasl'> {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = read;
  if (mechanism === undefined) return {};
  if (username === undefined || password === undefined)
    throw new EnvironmentInvalid(['KAFKA_SASL_MECHANISM: needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD']);
  return { sasl: { mechanism, username, password } };
}
