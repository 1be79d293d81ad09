/** The variables each program is started with. Secrets are named by file, so that no process list shows them. */
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { publicUrlOf, urlOf } from './installation.mjs';
import { partnerUrlOf } from './seed-demo.mjs';
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
  'PASSWORD_HASH_KIB',
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
    PUBLIC_URL: publicUrlOf(ports),
    MFA_ORCHESTRATOR_URL: urlOf(ports, 'mfa-orchestrator'),
    TOKEN_SERVICE_URL: urlOf(ports, 'token-service'),
    SSO_DATA_URL: urlOf(ports, 'sso-data'),
    OIDC_BROKER_URL: urlOf(ports, 'oidc-broker'),
    ...(brokers ? { BUS: 'kafka', KAFKA_BROKERS: brokers.join(',') } : { BUS: 'in-process' }),
  };
}

/** Who e-mails and SMS of a development system come from; nobody is behind these. */
const PHONE_SENDERS = { MAIL_FROM: 'Countersign <no-reply@countersign.example>', SMS_FROM: '+15005550006' };

/**
 * Where e-mails and SMS go: the virtual phone on the gateway, or, for each of the two, the providers that whoever
 * starts this has in the environment (SMTP_URL and MAIL_FROM, SMS_URL and SMS_FROM).
 */
export function messageEnvironment({ smtpHost, smtpPort, gateway }) {
  const given = (url, from) =>
    process.env[url] && { [url]: process.env[url], [from]: process.env[from] ?? '' };
  const phone = gateway.replace('://', '://phone:phone@');
  return {
    ...(given('SMTP_URL', 'MAIL_FROM') || {
      SMTP_URL: `smtp://${smtpHost}:${smtpPort}`,
      MAIL_FROM: PHONE_SENDERS.MAIL_FROM,
    }),
    ...(given('SMS_URL', 'SMS_FROM') || { SMS_URL: `${phone}/phone/sms`, SMS_FROM: PHONE_SENDERS.SMS_FROM }),
  };
}

/** Variables of one program: its port, its database, its keys. */
export function ownEnvironment(name, { ports, places }) {
  const port = { PORT: String(ports[name]) };
  if (name === 'gateway')
    return {
      ...port,
      PHONE_SMTP_PORT: String(ports.phoneSmtp),
      DEMO_KEY_PATH: places.demo,
      DEMO_RP_PATH: places.demoRp,
      DEMO_PARTNER_URL: partnerUrlOf(urlOf(ports, 'gateway')),
    };
  if (!KEYED_SERVICES.includes(name)) return port;
  return {
    ...port,
    ...(name === 'mfa-orchestrator' &&
      messageEnvironment({
        smtpHost: '127.0.0.1',
        smtpPort: ports.phoneSmtp,
        gateway: urlOf(ports, 'gateway'),
      })),
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
