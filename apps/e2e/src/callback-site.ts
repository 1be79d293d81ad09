import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A relying party's own site, as far as browsers need it: a page under the redirect URI, on loopback. */
export interface CallbackSite {
  /** The redirect URI. */
  url: string;
  close(): Promise<void>;
}

const PAGE =
  '<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><h1>Back at the shop</h1>';

/** Starts one. What it is sent is read off the browser's address. */
export async function openCallbackSite(): Promise<CallbackSite> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(PAGE);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
