/**
 * The secrets of an installation, random, made once, never overwritten: for each service a directory with its Ed25519
 * key, its master key and the public keys of all (`services.jwks.json`). `node tools/setup-keys.mjs <directory>` makes
 * them by hand. Only node: modules, since it also runs before anything is installed.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { privateDirectory, replaceWhole, writeOnce } from './private-files.mjs';

/** The services that hold keys. The gateway has none: it may not call anybody's internal routes. */
export const KEYED_SERVICES = ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'];

/** RFC 7638: the members that make an OKP key, in order, hashed. */
const thumbprint = ({ crv, kty, x }) =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');

function makeServiceKey(service) {
  const { crv, d, kty, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = `${service}-${thumbprint({ crv, kty, x }).slice(0, 16)}`;
  return { kty, crv, x, d, kid, alg: 'EdDSA', use: 'sig' };
}

/** The public half as it stands in `services.jwks.json`: the JWK, and whose it is. */
const publicHalf = (service, { kty, crv, x, kid, alg, use }) => ({ kty, crv, x, kid, alg, use, service });

const randomSecret = () => randomBytes(32).toString('base64url');
const forEachService = (make) => Object.fromEntries(KEYED_SERVICES.map((name) => [name, make(name)]));

/** Fresh keys of every service, in memory. Master keys are 32 bytes as base64url. */
export function makeKeys() {
  const serviceKeys = forEachService(makeServiceKey);
  const keys = KEYED_SERVICES.map((name) => publicHalf(name, serviceKeys[name]));
  return { serviceKeys, servicesJwks: { keys }, masterKeys: forEachService(randomSecret) };
}

/** Where the secrets of `service` lie under `directory`, by the name of the variable that takes the path. */
export const keyFiles = (directory, service) => ({
  SERVICE_KEY_FILE: join(directory, service, 'service-key.json'),
  MASTER_KEY_FILE: join(directory, service, 'master-key'),
  SERVICES_JWKS_FILE: join(directory, service, 'services.jwks.json'),
});

/**
 * Writes what is missing under `directory`. A service's directory is all it needs to see: containers mount one each.
 * The private keys are the truth and the public files follow from them, so a crash on the way leaves nothing that
 * does not fit.
 */
export function setupKeys(directory) {
  privateDirectory(directory);
  const keys = KEYED_SERVICES.map((service) => {
    privateDirectory(join(directory, service));
    const files = keyFiles(directory, service);
    writeOnce(files.SERVICE_KEY_FILE, () => JSON.stringify(makeServiceKey(service)));
    writeOnce(files.MASTER_KEY_FILE, randomSecret);
    return publicHalf(service, JSON.parse(readFileSync(files.SERVICE_KEY_FILE, 'utf8')));
  });
  const jwks = JSON.stringify({ keys }, null, 2);
  for (const service of KEYED_SERVICES) {
    const file = keyFiles(directory, service).SERVICES_JWKS_FILE;
    if (!existsSync(file) || readFileSync(file, 'utf8') !== jwks) replaceWhole(file, jwks);
  }
}

/** The secret in `file`: made at first sight (32 random bytes, base64url), the same ever after. */
export function keptSecret(file) {
  writeOnce(file, randomSecret);
  return readFileSync(file, 'utf8').trim();
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  if (!process.argv[2]) throw new Error('usage: node tools/setup-keys.mjs <directory>');
  setupKeys(resolve(process.argv[2]));
}
