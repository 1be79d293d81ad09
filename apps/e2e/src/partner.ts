import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  defineSsoExtension,
  installPlanOf,
  type SsoAnswer,
  type SsoCall,
  type SsoExtension,
  toNodeHandler,
} from '@countersign/extension-sdk';
import { type Bank, expectStatus } from './bank.ts';

export const IDENTIFIER = 'Session.UserSSOIdentifier';
const LINK = 'http://www.q2ebanking.com';

/** The sample of seed 002: mints an identifier for a user it is shown none of. */
export function mintOnce({ vendorConfigs, userLevelConfigList, linkOut }: SsoCall): SsoAnswer {
  if (vendorConfigs.has(IDENTIFIER)) return linkOut(LINK);
  const configs = [{ key: IDENTIFIER, value: randomUUID() }];
  return linkOut(LINK, { userLevelConfigList: userLevelConfigList(configs) });
}

/** A partner's product: its SSO handler on loopback, written with the SDK as any partner's is. */
export class Partner {
  /** Calls that reached the handler, in order: what is not signed for it does not. */
  readonly calls: SsoCall[] = [];
  /** Why others did not. */
  readonly refused: string[] = [];
  says: (call: SsoCall) => SsoAnswer = mintOnce;
  extension!: SsoExtension;
  private server!: Server;

  /** Starts it for one application. */
  static async open(bank: Bank): Promise<Partner> {
    const partner = new Partner();
    partner.server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((listening) => partner.server.listen(0, '127.0.0.1', listening));
    partner.extension = defineSsoExtension({
      issuer: `http://localhost:4000/apps/${bank.appId}`,
      // the public address of a system under test is nobody's
      jwks: `${bank.system.gateway}/apps/${bank.appId}/v1/sso/jwks.json`,
      audience: partner.url,
      thirdPartyDataElements: [{ name: IDENTIFIER, description: 'a unique identifier for the user' }],
      uiTextPrefix: 'ExampleSSO',
      onRefused: ({ reason }) => void partner.refused.push(reason),
      handler: (call) => {
        partner.calls.push(call);
        return partner.says(call);
      },
    });
    const handle = toNodeHandler(partner.extension);
    return partner;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sso`;
  }

  /** What the handler was shown last. */
  get shown(): Record<string, string> {
    return Object.fromEntries(this.calls.at(-1)?.vendorConfigs ?? []);
  }

  /** Registers it as `vendor` and installs its plan, as a bank's back end does. */
  async register(bank: Bank, vendor: string): Promise<void> {
    const about = {
      name: `Partner ${vendor}`,
      handlerUrl: this.url,
      endUserErrorMessage: 'Ask your branch.',
    };
    expectStatus(await bank.api('PUT', `/v1/vendors/${vendor}`, about), 200);
    const plan = installPlanOf(this.extension);
    expectStatus(await bank.api('POST', `/v1/vendors/${vendor}/install`, plan), 200);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
