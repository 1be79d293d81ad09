import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { OidcBroker } from './oidc-broker.ts';

/** What came back, as a browser or a back end sees it. */
export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Parsed where the body is JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into answers of any shape
  json: any;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  form?: Record<string, string | string[] | undefined>;
}

/** A client as specs hold it. */
export interface Registered {
  clientId: string;
  secret?: string | undefined;
  redirectUri: string;
}

const encoded = (form: NonNullable<Sent['form']>): string => {
  const pairs = Object.entries(form).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined ? [] : [[name, one]])),
  );
  return new URLSearchParams(pairs as [string, string][]).toString();
};

/** Sends one request to the service, whatever host its address names: that becomes the Host header. */
export function send(broker: OidcBroker, address: string, sent: Sent = {}): Promise<Answered> {
  const url = new URL(address, broker.issuerOrigin);
  const body = sent.form && encoded(sent.form);
  const { method = body === undefined ? 'GET' : 'POST' } = sent;
  const headers = {
    host: url.host,
    ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...sent.headers,
  };
  const { port } = broker.service;
  // as it stands: a URL object would tidy up what specs mean to send
  const target = address.startsWith('/') ? address : address.slice(address.indexOf('/', 8));
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path: target, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = String(response.headers['content-type']).includes('json');
          const { statusCode = 0, headers: got } = response;
          resolve({
            status: statusCode,
            headers: got,
            text,
            json: isJson && text ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** A browser as far as logins need one: cookies by path, redirects on demand, forms by hand. */
export class Browser {
  /** Name (with the path where it is not `/`: of one name there is one for each) → value and path. */
  readonly cookies = new Map<string, { value: string; path: string }>();

  constructor(private readonly broker: OidcBroker) {}

  async go(address: string, sent: Sent = {}): Promise<Answered> {
    const { pathname } = new URL(address, this.broker.issuerOrigin);
    const own = [...this.cookies].filter(([, { path }]) => pathname.startsWith(path));
    const cookie = own.map(([name, { value }]) => `${name.split(' ')[0]}=${value}`).join('; ');
    const answer = await send(this.broker, address, {
      ...sent,
      headers: { ...(cookie && { cookie }), ...sent.headers },
    });
    for (const one of [answer.headers['set-cookie'] ?? []].flat()) this.keep(one);
    return answer;
  }

  /** Follows redirects until a page, or an address of a client. */
  async follow(address: string, sent: Sent = {}): Promise<Answered & { at: string }> {
    let at = address;
    let answer = await this.go(address, sent);
    for (let hop = 0; hop < 10 && [302, 303].includes(answer.status); hop++) {
      at = new URL(String(answer.headers.location), new URL(at, this.broker.issuerOrigin)).href;
      if (!at.startsWith(this.broker.issuerOrigin)) break;
      answer = await this.go(at);
    }
    return { ...answer, at };
  }

  /** Fills in the form of the page at `at` and follows where it leads. */
  submit(
    page: Answered & { at: string },
    fields: Record<string, string>,
  ): Promise<Answered & { at: string }> {
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const form = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields };
    return this.follow(page.at, { form, headers: { 'sec-fetch-site': 'same-origin' } });
  }

  private keep(header: string): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
    const key = path === '/' ? name : `${name} ${path}`;
    if (value === '') this.cookies.delete(key);
    else this.cookies.set(key, { value, path });
  }
}

/** A client's side of the protocol: PKCE, state and nonce of one authorization, and the calls of its back end. */
export class RelyingParty {
  readonly verifier = randomBytes(32).toString('base64url');
  readonly state = randomBytes(12).toString('base64url');
  readonly nonce = randomBytes(12).toString('base64url');

  constructor(
    private readonly broker: OidcBroker,
    readonly client: Registered,
    readonly appId = 'demo',
  ) {}

  get issuer(): string {
    return `${this.broker.issuerOrigin}/oidc/${this.appId}`;
  }

  /** Parameters of an authorization request; `changed` replaces some, undefined leaves one out. */
  parameters(changed: Record<string, string | undefined> = {}): Record<string, string> {
    const all = {
      ...{ response_type: 'code', client_id: this.client.clientId, redirect_uri: this.client.redirectUri },
      ...{ scope: 'openid', state: this.state, nonce: this.nonce, code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      ...changed,
    };
    const kept = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
    return Object.fromEntries(kept);
  }

  authorizeUrl(changed: Record<string, string | undefined> = {}): string {
    return `${this.issuer}/authorize?${encoded(this.parameters(changed))}`;
  }

  /** Asks an endpoint as this client: with its secret, or as a public one. `form` may replace anything. */
  post(
    endpoint: string,
    form: NonNullable<Sent['form']>,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const { clientId, secret } = this.client;
    const proof = { client_id: clientId, ...(secret !== undefined && { client_secret: secret }) };
    const own = 'authorization' in headers || 'client_assertion' in form ? {} : proof;
    return send(this.broker, `${this.issuer}/${endpoint}`, { form: { ...own, ...form }, headers });
  }

  redeem(code: string, changed: Record<string, string | undefined> = {}): Promise<Answered> {
    return this.post('token', {
      ...{ grant_type: 'authorization_code', code, redirect_uri: this.client.redirectUri },
      code_verifier: this.verifier,
      ...changed,
    });
  }

  refresh(token: string): Promise<Answered> {
    return this.post('token', { grant_type: 'refresh_token', refresh_token: token });
  }

  userinfo(token: string): Promise<Answered> {
    return send(this.broker, `${this.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  }
}

/** What the provider sent the browser back to the client with. */
export const callbackOf = (answer: { at: string }): Record<string, string> =>
  Object.fromEntries(new URL(answer.at).searchParams);

/** Members of a JWT, unverified. */
export const partsOf = (
  token: string,
): { header: Record<string, unknown>; claims: Record<string, unknown> } => {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  return { header: read(header), claims: read(claims) };
};
