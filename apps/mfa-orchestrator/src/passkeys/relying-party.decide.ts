import type { Application } from '@countersign/contracts';

/** Who authenticators make and use passkeys for: from an application's settings, never from a request. */
export interface RelyingParty {
  id: string;
  name: string;
  /** Origins of pages that may run a ceremony; `*`: the id's own host alone. */
  origins: readonly string[];
  /** Whether pages on localhost names may do without TLS, as browsers let them. */
  development: boolean;
}

export const relyingPartyOf = (
  { appId, name, settings }: Pick<Application, 'appId' | 'name' | 'settings'>,
  development: boolean,
): RelyingParty => ({
  id: (settings.rpId ?? `${appId}.localhost`).toLowerCase(),
  name,
  origins: settings.origins,
  development,
});

/**
 * Whether a ceremony on a page of `origin` counts (WebAuthn L3 §7.1 step 9, §7.2 step 13; WA-03). A listed origin is
 * compared as it stands. Under `*` its host must be the relying party's id itself, with TLS, on the usual port: a
 * sub-domain may be somebody else's, or taken over. In development any port will do, and on localhost names no TLS.
 */
export function originAllowed(origin: string, { id, origins, development }: RelyingParty): boolean {
  if (origin !== '*' && origins.includes(origin)) return true;
  if (!origins.includes('*')) return false;
  const url = URL.parse(origin);
  // an origin is written in one way only: no path, no user, no default port
  if (!url || url.origin !== origin) return false;
  if (url.hostname !== id) return false;
  if (url.protocol === 'https:') return development || url.port === '';
  return development && url.protocol === 'http:' && isLocal(url.hostname);
}

const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');
