export type KeyedService = 'mfa-orchestrator' | 'token-service' | 'sso-data' | 'oidc-broker';

export interface PublicServiceKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}
export type PrivateServiceKey = PublicServiceKey & { d: string };
export interface ServicesJwks {
  keys: (PublicServiceKey & { service: KeyedService })[];
}

export const KEYED_SERVICES: KeyedService[];
export function makeKeys(): {
  serviceKeys: Record<KeyedService, PrivateServiceKey>;
  servicesJwks: ServicesJwks;
  masterKeys: Record<KeyedService, string>;
};
export function keyFiles(
  directory: string,
  service: string,
): { SERVICE_KEY_FILE: string; MASTER_KEY_FILE: string; SERVICES_JWKS_FILE: string };
export function setupKeys(directory: string): void;
export function keptSecret(file: string): string;
