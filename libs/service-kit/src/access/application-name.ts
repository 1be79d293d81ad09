import { isIP } from 'node:net';

/** A path without its `/apps/{app}` prefix, and the application it named (lower case; '' where it is no name at all). */
export interface SplitPath {
  url: string;
  named: string | undefined;
}

const APPS = '/apps/';

/**
 * Takes `/apps/{app}` off a request target. Only the literal spelling is a prefix: an encoded or doubled one stays,
 * and then no route matches it.
 */
export function splitApplicationPrefix(target: string): SplitPath {
  if (!target.startsWith(APPS)) return { url: target, named: undefined };
  const end = target.slice(APPS.length).search(/[/?#]/);
  const segment = end === -1 ? target.slice(APPS.length) : target.slice(APPS.length, APPS.length + end);
  const rest = end === -1 ? '' : target.slice(APPS.length + end);
  return { url: rest.startsWith('/') ? rest : `/${rest}`, named: asAppId(segment) ?? '' };
}

/** What a Host header says about the application: an id under a configured suffix, a name that may be an alias, or nothing. */
export type HostName = { appId: string } | { alias: string } | undefined;

/** Reads a Host header. IP addresses and the suffixes themselves carry no application. */
export function readHost(host: string | undefined, suffixes: readonly string[]): HostName {
  const name = hostnameOf(host);
  if (name === undefined || isIP(name) || suffixes.includes(name)) return undefined;
  if (suffixes.some((suffix) => name.endsWith(`.${suffix}`))) {
    const appId = asAppId(name.slice(0, name.indexOf('.')));
    return { appId: appId ?? '' };
  }
  return { alias: name };
}

function hostnameOf(host: string | undefined): string | undefined {
  if (host === undefined || host === '' || host.length > 260 || host.startsWith('[')) return undefined;
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  return /^[a-z0-9._-]+$/.test(name) ? name : undefined;
}

function asAppId(text: string): string | undefined {
  const id = text.toLowerCase();
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id) ? id : undefined;
}
