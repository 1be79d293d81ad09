import { isIP } from 'node:net';
import { SERVICES } from '@countersign/contracts';
import type { PrivateJwk, ServiceJwks } from '@countersign/security';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const addresses = list.refine((items) => items.every(isAddressOrRange), 'must be addresses or CIDR ranges');
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
const origin = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  );
}

/** JSON in a setting. The parser's own message quotes the text, so it is replaced. */
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

const privateJwk = z
  .looseObject({ kty: z.string(), x: z.string(), d: z.string({ error: 'must be a private key' }) })
  .transform((jwk) => jwk as PrivateJwk);
const publicServiceJwk = z.looseObject({
  kid: z.string().min(1),
  kty: z.string(),
  d: z.undefined({ error: 'must be public' }).optional(),
  service: z.enum(SERVICES),
});
const servicesJwks = z
  .object({ keys: z.array(publicServiceJwk).min(1) })
  .transform((jwks) => jwks as ServiceJwks);

/** 32 bytes as base64url. */
const masterKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}=?$/, 'must be 32 bytes, base64url')
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64url')));

/** What every process with a door reads, the gateway too. */
export const doorEnvironment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535),
  SECURITY_PROFILE: z.enum(['production', 'development']).default('production'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** The gateway's origin as browsers see it: issuers and links are made of it, never of a request. */
  PUBLIC_URL: origin.default('http://localhost:4000'),
  /** Hosts whose sub-domains name applications. */
  APP_HOST_SUFFIXES: list.default(['localhost']),
  /** Proxies whose X-Forwarded-For is believed: addresses or CIDR ranges. */
  TRUSTED_PROXIES: addresses.default(['127.0.0.1/32', '::1/128']),
  TOKEN_SERVICE_URL: origin.default('http://127.0.0.1:4002'),
  MFA_ORCHESTRATOR_URL: origin.default('http://127.0.0.1:4001'),
  SSO_DATA_URL: origin.default('http://127.0.0.1:4003'),
  OIDC_BROKER_URL: origin.default('http://127.0.0.1:4004'),
});

/** What every service reads. An app's own settings extend it: `serviceEnvironment.extend({ … })`. */
export const serviceEnvironment = doorEnvironment.extend({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres URL' }),
  DATABASE_POOL: whole(1, 100).default(8),
  BUS: z.enum(['kafka', 'in-process']).default('kafka'),
  KAFKA_BROKERS: list.default([]),
  KAFKA_SSL: flag.default(false),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** Stands before the names of topics and consumer groups, where installations share a broker. */
  TOPIC_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be of letters, digits, dot, dash and underscore')
    .optional(),
  /** `acl`: who may write the audit-action topic is the broker's business (its ACLs); in production with KAFKA_SASL_* only. */
  BUS_TRUST: z.enum(['acl']).optional(),
  /** This service's private key (JWK). */
  SERVICE_KEY: json.pipe(privateJwk),
  /** Public keys of all services. */
  SERVICES_JWKS: json.pipe(servicesJwks),
  MASTER_KEY: masterKey,
  /** Ends the process at that labelled place; development only. */
  CRASH_AT: z.string().optional(),
});
