/** Where an application's API is, and what the application is called. */
export interface Base {
  base: string;
  appId: string;
}

/**
 * Finds the application as the server does: from `/apps/{app}` in the path, or from the host's first label (LoginID's
 * way). An `appId` that neither of them names is put into the path. Throws TypeError where none is to be found.
 */
export function baseOf(baseUrl: string | URL, appId?: string): Base {
  const url = new URL(baseUrl);
  const base = url.origin + url.pathname.replace(/\/+$/, '');
  const inPath = /(?:^|\/)apps\/([^/]+)$/.exec(base)?.[1];
  if (inPath !== undefined) return { base, appId: same(appId ?? inPath, inPath) };
  const [label = '', ...rest] = url.hostname.split('.');
  const inHost = rest.length > 0 && !/^\d+$/.test(label) ? label : undefined;
  if (appId === undefined) {
    if (inHost === undefined)
      throw new TypeError(`${base} names no application: give appId, or …/apps/{app}`);
    return { base, appId: inHost };
  }
  return appId.toLowerCase() === inHost ? { base, appId } : { base: `${base}/apps/${appId}`, appId };
}

function same(appId: string, named: string): string {
  if (appId.toLowerCase() !== named.toLowerCase())
    throw new TypeError(`appId is ${appId}, but the address names ${named}`);
  return appId;
}
