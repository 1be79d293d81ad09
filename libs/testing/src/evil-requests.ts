/** What a client keeps of one authorization. */
export interface Turn {
  state: string;
  nonce: string;
  verifier: string;
  challenge: string;
}

/** What a client is registered as. */
export interface EvilClient {
  clientId: string;
  clientSecret?: string;
  redirectUri: string;
}

/** What has to come of a request: an error page and no redirect, or one of these errors. */
export type Refusal = 'page' | readonly string[];

/** A request that an honest client would not make: `change` turns an honest one into it. */
export interface Trick {
  /** The case it is, for the title of a test. */
  title: string;
  change(params: URLSearchParams, turn: Turn): void;
  refused: Refusal;
}

const jwt = (header: object, claims: object): string =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.';

const set =
  (members: Record<string, string | undefined>): Trick['change'] =>
  (params) => {
    for (const [name, value] of Object.entries(members))
      if (value === undefined) params.delete(name);
      else params.set(name, value);
  };
const twice =
  (name: string, value: string): Trick['change'] =>
  (params) =>
    params.append(name, value);

const REQUEST_OBJECT = ['request_not_supported', 'invalid_request', 'invalid_request_object'];
const REQUEST_URI = ['request_uri_not_supported', 'invalid_request_uri', 'invalid_request'];
const RESPONSE_TYPE = ['unsupported_response_type', 'unauthorized_client', 'invalid_request'];

/** Spellings of `uri` that are near it and not it (OP-01): each has to lead to an error page. */
export function redirectUriTricks(uri: string): [title: string, uri: string][] {
  const { protocol, host, hostname, port, pathname } = new URL(uri);
  const at = (authority: string, path = pathname) => `${protocol}//${authority}${path}`;
  return [
    ['CVE-2023-6291: more path', `${uri}/x`],
    ['a query', `${uri}?x=1`],
    ['a fragment', `${uri}#x`],
    ['an empty fragment', `${uri}#`],
    ['a trailing slash', `${uri}/`],
    ['a trailing space', `${uri} `],
    ['dot segments', `${uri}/../callback`],
    ['encoded dot segments', `${uri}/%2e%2e/callback`],
    ['a single dot', at(host, `/.${pathname}`)],
    ['a double slash', at(host, `/${pathname}`)],
    [
      'an escaped letter',
      at(
        host,
        pathname.replace(/[a-z]/, (c) => `%${c.charCodeAt(0).toString(16)}`),
      ),
    ],
    ['a backslash', at(`${host}\\@evil.example`)],
    ['a user', at(`user@${host}`)],
    ['another host behind a user', at(`${host}@evil.example`)],
    ['another port', at(`${hostname}:${Number(port || 443) + 1}`)],
    ['an upper-case path', at(host, pathname.toUpperCase())],
    ['an upper-case scheme', uri.replace(/^[a-z]+/, (scheme) => scheme.toUpperCase())],
    ['CVE-2026-18211: a name that begins so', at(`${hostname}.evil.example`)],
    ['CVE-2026-18206: a name that ends so', at(`evil${hostname}`)],
    ['an IDN look-alike', at('\u0435vil.example')],
    ['a wildcard', at('*.example')],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a relative one', pathname],
    ['no text', ''],
  ];
}

/** Authorization requests that have to be refused. */
export const AUTHORIZE_TRICKS: readonly Trick[] = [
  {
    title: 'OP-03: without PKCE',
    change: set({ code_challenge: undefined, code_challenge_method: undefined }),
    refused: ['invalid_request'],
  },
  {
    title: 'OP-03: PKCE by plain',
    change: (params, { verifier }) => {
      params.set('code_challenge', verifier);
      params.set('code_challenge_method', 'plain');
    },
    refused: ['invalid_request'],
  },
  {
    title: 'OP-03: a challenge without its method, which would be plain',
    change: set({ code_challenge_method: undefined }),
    refused: ['invalid_request'],
  },
  { title: 'OP-03: an empty challenge', change: set({ code_challenge: '' }), refused: ['invalid_request'] },
  {
    title: 'OP-03: a challenge that is none',
    change: set({ code_challenge: 'short' }),
    refused: ['invalid_request'],
  },
  {
    title: 'OP-01: two redirect URIs',
    change: twice('redirect_uri', 'https://evil.example/'),
    refused: 'page',
  },
  { title: 'OP-01: no redirect URI', change: set({ redirect_uri: undefined }), refused: 'page' },
  { title: 'a client nobody knows', change: set({ client_id: 'nobody' }), refused: 'page' },
  { title: 'no client', change: set({ client_id: undefined }), refused: 'page' },
  { title: 'two clients', change: twice('client_id', 'another'), refused: 'page' },
  ...['token', 'id_token', 'id_token token', 'code id_token', 'code token', 'none', ''].map((type) => ({
    title: `security 25: response_type '${type}'`,
    change: set({ response_type: type }),
    refused: RESPONSE_TYPE,
  })),
  {
    title: 'OP-08: a request object that nobody signed',
    change: (params) => params.set('request', jwt({ alg: 'none' }, Object.fromEntries(params))),
    refused: REQUEST_OBJECT,
  },
  {
    title: 'OP-08: a request object with another redirect URI inside',
    change: (params) =>
      params.set(
        'request',
        jwt({ alg: 'none' }, { ...Object.fromEntries(params), redirect_uri: 'https://evil.example/' }),
      ),
    refused: REQUEST_OBJECT,
  },
  ...[
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'http://127.0.0.1:1/',
    'urn:ietf:params:oauth:request_uri:guess',
  ].map((uri) => ({
    title: `OP-09: request_uri ${uri}`,
    change: set({ request_uri: uri }),
    refused: REQUEST_URI,
  })),
  {
    title: 'OP-11: 2fa without openid',
    change: set({ scope: '2fa' }),
    refused: ['invalid_scope', 'invalid_request'],
  },
  {
    title: 'OP-11: 2fa with offline_access',
    change: set({ scope: 'openid 2fa offline_access', login_hint: 'dana' }),
    refused: ['invalid_scope'],
  },
  {
    title: 'seed V11: 2fa_link without 2fa',
    change: set({ scope: 'openid 2fa_link', login_hint: 'dana' }),
    refused: ['invalid_scope'],
  },
  {
    title: 'OIDC Core §3.1.2.1: prompt=none with another',
    change: set({ prompt: 'none login' }),
    refused: ['invalid_request'],
  },
];
