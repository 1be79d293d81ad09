import type { ServiceName } from '@countersign/contracts';
// eslint-disable-next-line @nx/enforce-module-boundaries -- set-up runs before anything is installed, so it lies outside the workspaces
import { makeKeys, type PrivateServiceKey, type ServicesJwks } from '../../../tools/setup-keys.mjs';

/** Keys of an installation, in memory: what set-up writes to files for a real one. */
export interface TestKeys {
  /** Ed25519 private JWK of each service. */
  serviceKeys: Record<ServiceName, PrivateServiceKey>;
  servicesJwks: ServicesJwks;
  /** 32 bytes each. */
  masterKeys: Record<ServiceName, Uint8Array>;
}

let made: TestKeys | undefined;

/** Keys for every service, made once per test process by the code that makes the real ones. */
export function testKeys(): TestKeys {
  if (made) return made;
  const { serviceKeys, servicesJwks, masterKeys } = makeKeys();
  const bytes = Object.entries(masterKeys).map(([name, key]) => [name, Buffer.from(key, 'base64url')]);
  made = { serviceKeys, servicesJwks, masterKeys: Object.fromEntries(bytes) };
  return made;
}
