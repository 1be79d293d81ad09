import { testKeys } from '@countersign/testing';
import { loadOidcBrokerConfig } from './config.ts';

const keys = testKeys();
const good = {
  PORT: '4004',
  DATABASE_URL: 'postgres://user@127.0.0.1/db',
  KAFKA_BROKERS: 'a:9092',
  SERVICE_KEY: JSON.stringify(keys.serviceKeys['oidc-broker']),
  SERVICES_JWKS: JSON.stringify(keys.servicesJwks),
  MASTER_KEY: Buffer.from(keys.masterKeys['oidc-broker']).toString('base64url'),
};
const privateOnes = (env: Record<string, string>) =>
  loadOidcBrokerConfig({ ...good, ...env }).privateRelyingParties;

it('OP-09: in production no private host is told of logouts but those that are named', () => {
  expect(privateOnes({})).toEqual([]);
  const named = { BACKCHANNEL_LOGOUT_PRIVATE_HOSTS: 'RP.bank.internal, 10.1.0.0/16,' };
  expect(privateOnes(named)).toEqual(['rp.bank.internal', '10.1.0.0/16']);
});

it('while developing, this machine is among them', () => {
  const development = { SECURITY_PROFILE: 'development', BACKCHANNEL_LOGOUT_PRIVATE_HOSTS: 'rp' };
  expect(privateOnes(development)).toEqual(['localhost', '127.0.0.0/8', '::1', 'rp']);
});
