/** Passkeys of the demo application are for this host and for no other. */
const DEMO_HOST = 'demo.localhost';

/**
 * Where the page must be opened for passkeys to work, if `host` (a Host header) names no application: their relying
 * party is `{app}.localhost`, and an address or a bare `localhost` is none. Undefined where the page is right as it is.
 */
export function addressForPasskeys(host: string): string | undefined {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d{1,5})?$/.exec(host.toLowerCase()) ?? [];
  return ['localhost', '127.0.0.1', '[::1]'].includes(name) ? `http://${DEMO_HOST}${port}/try` : undefined;
}

/**
 * Whether a page on `host` may have a user of `appId` vouched for: only a local page of that application. Another name
 * that somebody made point here (DNS rebinding) gets nothing.
 */
export const mayVouchOn = (host: string, appId: string): boolean =>
  host.toLowerCase().replace(/:\d{1,5}$/, '') === `${appId.toLowerCase()}.localhost`;
