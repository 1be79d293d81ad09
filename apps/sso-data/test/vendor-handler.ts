import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a handler was asked. */
export interface Asked {
  headers: IncomingHttpHeaders;
  text: string;
  body: {
    jti: string;
    vendor_id: string;
    vendor_configs: Record<string, string>;
    sso_identifier: string | null;
    [name: string]: unknown;
  };
}

/** What it says: a JSON answer, or whatever it does with the response. */
type Says = object | ((response: ServerResponse) => void);

/** A vendor's SSO handler on loopback, which says what a test wants. */
export class VendorHandler {
  readonly asked: Asked[] = [];
  /** Default: the sample of the seed. */
  says: (asked: Asked) => Says | Promise<Says> = (asked) => mintOnce(asked);
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const asked = { headers: request.headers, text, body: JSON.parse(text) as Asked['body'] };
      this.asked.push(asked);
      void Promise.resolve(this.says(asked)).then((says) => {
        if (typeof says === 'function') says(response);
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(says));
      });
    });
  });

  async open(): Promise<this> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sso`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

let minted = 0;

/** The sample of seed 002: mints an id where there is none, and returns it to be kept. */
export function mintOnce({ body }: Asked): object {
  const link = { responseType: 'LINK_OUT', response: 'http://www.q2ebanking.com' };
  if (body.vendor_configs['Session.UserSSOIdentifier']) return link;
  const configs = [{ key: 'Session.UserSSOIdentifier', value: `minted-${++minted}` }];
  return { ...link, userLevelConfigList: { vendorId: body.vendor_id, configs } };
}
