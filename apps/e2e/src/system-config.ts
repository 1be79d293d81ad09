import type { ServiceName } from '@countersign/contracts';
import type { StandaloneConfig } from '@countersign/standalone';
import { testKeys } from '@countersign/testing';

/** What differs from one boot to the next. */
export interface Places {
  ports: Record<'gateway' | ServiceName, number>;
  databases: Record<ServiceName, string>;
  platformKeyFile: string;
  /** Where the virtual phone takes e-mails. */
  phoneSmtpPort: number;
  /** Where the page at /try finds the demo application's key, once somebody puts it there. */
  demoKeyPath: string;
  /** Where the page at /demo/rp finds its clients, once somebody puts them there. */
  demoRpPath: string;
  /** What everybody outside is told the gateway's address is. Absent: that of `npm start`, where nobody listens. */
  publicUrl?: string | undefined;
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** The names by which this machine's gateway is an issuer, as in development. */
const originsOf = (port: number): string[] =>
  ['localhost', '127.0.0.1', '{app}.localhost'].map((name) => `http://${name}:${port}`);

/** Where the demo's sample vendor is asked, on a gateway. */
export const demoPartnerUrl = (gateway: string): string => `${gateway}/demo/partner/sso`;

/** Settings of all programs, as `npm start` makes them, on test databases and free ports. */
export function systemConfig({
  ports,
  databases,
  platformKeyFile,
  phoneSmtpPort,
  demoKeyPath,
  demoRpPath,
  publicUrl = 'http://localhost:4000',
}: Places): StandaloneConfig {
  const keys = testKeys();
  const door = {
    host: '127.0.0.1',
    securityProfile: 'development' as const,
    logLevel: 'info',
    publicUrl,
    appHostSuffixes: ['localhost'],
    serviceUrls: {
      'mfa-orchestrator': urlOf(ports['mfa-orchestrator']),
      'token-service': urlOf(ports['token-service']),
      'sso-data': urlOf(ports['sso-data']),
      'oidc-broker': urlOf(ports['oidc-broker']),
    } satisfies Record<ServiceName, string>,
  };
  const service = (name: ServiceName) => ({
    ...door,
    port: ports[name],
    // the gateway stands before every service
    trustedProxies: ['127.0.0.1/32'],
    databaseUrl: databases[name],
    databasePool: 8,
    bus: { kind: 'in-process' as const, brokers: [], ssl: false },
    serviceKey: { ...keys.serviceKeys[name] },
    servicesJwks: { keys: keys.servicesJwks.keys.map((key) => ({ ...key })) },
    masterKey: keys.masterKeys[name],
  });
  return {
    // nobody stands before the gateway: whatever a client claims about its address is dropped
    gateway: {
      ...{ ...door, port: ports.gateway, trustedProxies: [], phoneSmtpPort, demoKeyPath, demoRpPath },
      demoPartnerUrl: demoPartnerUrl(urlOf(ports.gateway)),
    },
    'mfa-orchestrator': {
      ...service('mfa-orchestrator'),
      email: { urls: [`smtp://127.0.0.1:${phoneSmtpPort}`], from: 'Countersign <noreply@bank.example>' },
      sms: { urls: [`http://AC0:token@127.0.0.1:${ports.gateway}/phone/sms`], from: '+15005550006' },
    },
    'token-service': { ...service('token-service'), platformKeyFile },
    'sso-data': { ...service('sso-data'), privateHandlers: ['127.0.0.0/8', 'localhost', '::1'] },
    'oidc-broker': {
      ...service('oidc-broker'),
      oidcOrigins: originsOf(ports.gateway),
      passwordHashKib: 1024,
      privateRelyingParties: ['127.0.0.0/8', 'localhost', '::1'],
    },
  };
}
