import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testKeys } from '@countersign/testing';
import { z } from 'zod';
import { loadDoorConfig, loadServiceConfig } from './config.ts';
import { EnvironmentInvalid, readEnvironment } from './environment.ts';

const keys = testKeys();
const good = {
  PORT: '4003',
  DATABASE_URL: 'postgres://user:hunter2@127.0.0.1/db',
  KAFKA_BROKERS: 'a:9092, b:9092',
  SERVICE_KEY: JSON.stringify(keys.serviceKeys['sso-data']),
  SERVICES_JWKS: JSON.stringify(keys.servicesJwks),
  MASTER_KEY: Buffer.from(keys.masterKeys['sso-data']).toString('base64url'),
};
const problemsOf = (env: Record<string, string | undefined>): string => {
  try {
    loadServiceConfig(env);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentInvalid);
    return (error as Error).message;
  }
};

describe('settings', () => {
  it('design: production unless said otherwise; defaults of the interface', () => {
    const config = loadServiceConfig(good);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4003,
      securityProfile: 'production',
      appHostSuffixes: ['localhost'],
      trustedProxies: ['127.0.0.1/32', '::1/128'],
      bus: { kind: 'kafka', brokers: ['a:9092', 'b:9092'], ssl: false },
      databasePool: 8,
    });
    expect(config.masterKey).toHaveLength(32);
    expect(config.crashAt).toBeUndefined();
  });

  it.each([
    ['PORT', undefined, 'PORT: is missing'],
    ['PORT', '70000', 'PORT: '],
    ['PORT', '', 'PORT: is missing'],
    ['DATABASE_URL', 'mysql://hunter2@x', 'DATABASE_URL: must be a postgres URL'],
    ['SERVICE_KEY', '{"kty":"OKP","d":hunter2', 'SERVICE_KEY: must be JSON'],
    ['SERVICE_KEY', '{"kty":"OKP","x":"hunter2"}', 'SERVICE_KEY: must be a private key'],
    [
      'SERVICES_JWKS',
      '{"keys":[{"kid":"a","kty":"OKP","d":"hunter2","service":"sso-data"}]}',
      'SERVICES_JWKS: must be public',
    ],
    ['MASTER_KEY', 'hunter2', 'MASTER_KEY: must be 32 bytes, base64url'],
    ['SECURITY_PROFILE', 'hunter2', 'SECURITY_PROFILE: '],
    ['CRASH_AT', 'hunter2', 'CRASH_AT: is refused in production'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'TRUSTED_PROXIES: must be addresses or CIDR ranges'],
    ['TRUSTED_PROXIES', 'hunter2', 'TRUSTED_PROXIES: must be addresses or CIDR ranges'],
    ['KAFKA_BROKERS', undefined, 'KAFKA_BROKERS: is missing'],
    ['KAFKA_SASL_MECHANISM', 'plain', 'KAFKA_SASL_MECHANISM: needs'],
  ])('design: %s=%s names the key and the reason, never the value', (key, value, expected) => {
    const message = problemsOf({ ...good, [key]: value });
    expect(message).toContain(expected);
    expect(message).not.toContain('hunter2');
  });

  it('EV-01: production trusts the ACLs of a broker only where it logs in to it', () => {
    const acl = { ...good, BUS_TRUST: 'acl' };
    const login = {
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'sso-data',
      KAFKA_SASL_PASSWORD: 'hunter2',
    };
    for (const env of [acl, { ...acl, KAFKA_SSL: 'true' }, { ...acl, SECURITY_PROFILE: 'production' }])
      expect(problemsOf(env)).toMatch(
        /BUS_TRUST: .*KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
      );
    const { KAFKA_SASL_MECHANISM: _, ...halfALogin } = login;
    expect(problemsOf({ ...acl, ...halfALogin })).toMatch(/BUS_TRUST: /);
    expect(problemsOf({ ...acl, ...login })).toBe('');
    expect(problemsOf({ ...acl, SECURITY_PROFILE: 'development' })).toBe('');
    expect(problemsOf({ ...acl, BUS: 'in-process' })).toBe('');
  });

  it('design: FOO_FILE names a file that holds FOO', () => {
    const folder = mkdtempSync(join(tmpdir(), 'environment-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'from-file\n');
    const schema = z.object({ FOO: z.string() });
    expect(readEnvironment(schema, { FOO_FILE: file })).toEqual({ FOO: 'from-file' });
    expect(() => readEnvironment(schema, { FOO: 'a', FOO_FILE: file })).toThrow('both FOO and FOO_FILE');
    expect(() => readEnvironment(schema, { FOO_FILE: join(folder, 'none') })).toThrow(
      'FOO_FILE: cannot be read (ENOENT)',
    );
    rmSync(folder, { recursive: true });
  });

  it('a door without database or key needs a port only', () => {
    expect(loadDoorConfig({ PORT: '4000', TRUSTED_PROXIES: ' 10.0.0.0/8,' }).trustedProxies).toEqual([
      '10.0.0.0/8',
    ]);
  });
});
