import type { EvilClient } from './evil-requests.ts';

/** What an endpoint answered; redirects are not followed. */
export interface EndpointAnswer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of any shape
  body: any;
}

/** Posts a form as `client`: by client_secret_basic (RFC 6749 §2.3.1), or without a secret by its id alone. */
export function post(url: string, form: URLSearchParams, client: EvilClient): Promise<EndpointAnswer> {
  const { clientId, clientSecret } = client;
  const sent = new URLSearchParams(form);
  if (clientSecret === undefined) {
    sent.set('client_id', clientId);
    return ask(url, { method: 'POST', body: sent });
  }
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  return ask(url, { method: 'POST', body: sent, headers: { authorization: `Basic ${basic}` } });
}

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/** Asks, and follows no redirect. */
export async function ask(url: string, init: RequestInit = {}): Promise<EndpointAnswer> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}
