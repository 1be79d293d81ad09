import type { ServiceName } from '@countersign/contracts';
import { type Clock, systemClock } from '@countersign/kernel';
import { type TestKeys, testKeys } from './test-keys.ts';

/** What a service proves itself with, and by which it knows the others. */
export interface ProofParts {
  name: ServiceName;
  privateJwk: TestKeys['serviceKeys'][ServiceName];
  servicesJwks: TestKeys['servicesJwks'];
  clock: Clock;
}

/** Who a service is to the others, and they to it: `ServiceIdentity` of libs/security, which this lib does not know. */
export interface ServiceProof {
  issue(audience: ServiceName): Promise<string>;
  verify(token: string, callers: readonly ServiceName[]): Promise<{ caller: ServiceName }>;
}

/** Makes a proof of its parts: `(parts) => new ServiceIdentity(parts)`. */
export type IdentityOf = (parts: ProofParts) => ServiceProof;

/** The proof of the service `name`, by the keys of this test process. */
export function proofOf(name: ServiceName, identityOf: IdentityOf): ServiceProof {
  const { serviceKeys, servicesJwks } = testKeys();
  return identityOf({ name, privateJwk: serviceKeys[name], servicesJwks, clock: systemClock });
}
