import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A vendor's SSO handler with nothing of ours; what is kept of the user stands in the link, by name. */
export interface BareHandler {
  url: string;
  /** Every value of `element` that it was ever shown. */
  shown: Set<string>;
  /** How often it was asked. */
  asked(): number;
  close(): Promise<void>;
}

/** Starts one on loopback that mints a value of `element` each time it is shown none. */
export async function openBareHandler(element: string): Promise<BareHandler> {
  const shown = new Set<string>();
  let asked = 0;
  const answer = (body: { vendor_id: string; vendor_configs: Record<string, string> }) => {
    asked++;
    const { vendor_id: vendorId, vendor_configs: kept } = body;
    const response = `https://partner.example/in?shown=${Object.keys(kept).join(',')}`;
    const value = kept[element];
    if (value !== undefined) shown.add(value);
    const configs = value === undefined ? [{ key: element, value: randomUUID() }] : [];
    return { responseType: 'LINK_OUT', response, userLevelConfigList: { vendorId, configs } };
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer(JSON.parse(text))));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sso`,
    shown,
    asked: () => asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
