import type { ServiceName } from '@countersign/contracts';
import { testKeys } from './test-keys.ts';

/**
 * Settings of the service `name` under test, on any free port, without a bus of other processes. `neighbours`: where all
 * other services are.
 */
export function serviceSettings(name: ServiceName, databaseUrl: string, neighbours: string) {
  const { serviceKeys, servicesJwks, masterKeys } = testKeys();
  return {
    host: '127.0.0.1',
    port: 0,
    securityProfile: 'development' as const,
    logLevel: 'silent',
    publicUrl: 'http://localhost:4000',
    appHostSuffixes: ['localhost'],
    trustedProxies: [] as string[],
    serviceUrls: {
      'token-service': neighbours,
      'mfa-orchestrator': neighbours,
      'sso-data': neighbours,
      'oidc-broker': neighbours,
    },
    databaseUrl,
    databasePool: 8,
    bus: { kind: 'in-process' as const, brokers: [] as string[], ssl: false },
    // copies: what a service does to its keys is not seen by the next one
    serviceKey: { ...serviceKeys[name] },
    servicesJwks: { keys: servicesJwks.keys.map((key) => ({ ...key })) },
    masterKey: masterKeys[name],
  };
}

export type ServiceSettings = ReturnType<typeof serviceSettings>;
