/** The variables each program is started with. Secrets are named by file, so that no process list shows them. */
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { urlOf } from './installation.mjs';
import { keyFiles, KEYED_SERVICES } from './setup-keys.mjs';

/** What a program may see of ours: where things are, how to talk, and the switches meant for it. */
const PASSED = [
  'HOME',
  'TMPDIR',
  'LANG',
  'TZ',
  'LOG_LEVEL',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'CRASH_AT',
];

/** Variables that are the same for all: addresses, bus, profile. `brokers` absent: the in-process bus. */
export function sharedEnvironment({ ports, brokers }) {
  const passed = PASSED.filter((name) => process.env[name] !== undefined);
  return {
    ...Object.fromEntries(passed.map((name) => [name, process.env[name]])),
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled'), // the second start compiles nothing
    HOST: '127.0.0.1',
    SECURITY_PROFILE: 'development',
    PUBLIC_URL: `http://localhost:${ports.gateway}`,
    MFA_ORCHESTRATOR_URL: urlOf(ports, 'mfa-orchestrator'),
    TOKEN_SERVICE_URL: urlOf(ports, 'token-service'),
    SSO_DATA_URL: urlOf(ports, 'sso-data'),
    OIDC_BROKER_URL: urlOf(ports, 'oidc-broker'),
    ...(brokers ? { BUS: 'kafka', KAFKA_BROKERS: brokers.join(',') } : { BUS: 'in-process' }),
  };
}

/** Variables of one program: its port, its database, its keys. */
export function ownEnvironment(name, { ports, places }) {
  const port = { PORT: String(ports[name]) };
  if (!KEYED_SERVICES.includes(name)) return port;
  return {
    ...port,
    DATABASE_URL_FILE: join(places.keys, name, 'database-url'),
    ...keyFiles(places.keys, name),
    ...(name === 'token-service' && { PLATFORM_KEY_FILE: places.platformKey }),
  };
}

/** All variables of a process that is one program. */
export const programVariables = (name, installation) => ({
  ...sharedEnvironment(installation),
  ...ownEnvironment(name, installation),
});

/** All variables of the process that is every program: a program's own stand behind its name, `TOKEN_SERVICE__PORT`. */
export function standaloneVariables(names, installation) {
  const own = names.flatMap((name) =>
    Object.entries(ownEnvironment(name, installation)).map(([key, value]) => [prefixOf(name) + key, value]),
  );
  return { ...sharedEnvironment(installation), ...Object.fromEntries(own) };
}

const prefixOf = (name) => `${name.toUpperCase().replaceAll('-', '_')}__`;
