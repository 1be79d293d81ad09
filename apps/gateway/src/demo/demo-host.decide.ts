/** Passkeys and pages of the demo application are for this host and for no other. */
const DEMO_HOST = 'demo.localhost';

/**
 * Where the demo's page at `path` must be opened, if `host` (a Host header) names no application: passkeys' relying
 * party is `{app}.localhost`, and an address or a bare `localhost` is none. Undefined where the page is right as it is.
 */
export function addressOfDemo(host: string, path: string): string | undefined {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d{1,5})?$/.exec(host.toLowerCase()) ?? [];
  return ['localhost', '127.0.0.1', '[::1]'].includes(name) ? `http://${DEMO_HOST}${port}${path}` : undefined;
}

/**
 * Whether a page on `host` may have the key of `appId` used for it: only a local page of that application. Another name
 * that somebody made point here (DNS rebinding) gets nothing.
 */
export const mayActOn = (host: string, appId: string): boolean =>
  host.toLowerCase().replace(/:\d{1,5}$/, '') === `${appId.toLowerCase()}.localhost`;
