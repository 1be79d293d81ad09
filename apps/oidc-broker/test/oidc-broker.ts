import { InProcessTransport, type Transport } from '@countersign/messaging';
import type { RunningService } from '@countersign/service-kit';
import { ServiceHarness } from '@countersign/testing';
import { createService, type OidcBrokerConfig } from '../src/create-service.ts';
import { identityOf, Neighbours } from './neighbours.ts';

export type { Answer } from '@countersign/testing';

const LOCAL = ['localhost', '127.0.0.0/8', '::1'];

/** oidc-broker behind its doors, with a database of its own, the in-process bus and stand-ins for its neighbours. */
export class OidcBroker extends ServiceHarness<OidcBrokerConfig, RunningService, Transport, Neighbours> {
  constructor() {
    super({
      ...{ name: 'oidc-broker', createService, identityOf },
      ...{ neighbours: new Neighbours(), transport: new InProcessTransport() },
      config: (common) => ({
        ...common,
        oidcOrigins: [],
        passwordHashKib: 47_104,
        privateRelyingParties: LOCAL,
      }),
    });
  }

  /** The origin of issuers and pages: what a request's Host names to reach them (`send` in relying-party.ts). */
  get issuerOrigin(): string {
    return new URL(this.service.platform.config.publicUrl).origin;
  }
}
