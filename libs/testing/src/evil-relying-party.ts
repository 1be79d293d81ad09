import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, type EndpointAnswer, post } from './evil-calls.ts';
import type { Redemption } from './evil-redemptions.ts';
import type { EvilClient, Turn } from './evil-requests.ts';

/** What reached the relying party. */
export interface ReceivedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How it answers whoever calls it. `endless` never stops sending, `hang` never begins. */
export type Manner = 'ok' | 'error' | 'redirect' | 'hang' | 'endless';

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  pushed_authorization_request_endpoint?: string;
  [name: string]: unknown;
}

/**
 * A relying party on loopback that does what it is told to, right or wrong: replays codes, swaps redirect URIs, drops PKCE,
 * uses state, nonce and request_uri again, shows one client's code with another's credentials. It remembers whatever
 * reaches it, so that a test sees what a thief would have got. The tricks themselves: `evil-requests.ts`, `evil-redemptions.ts`.
 */
export class EvilRelyingParty {
  /** Everything that reached it, in order. */
  readonly received: ReceivedRequest[] = [];
  manner: Manner = 'ok';
  /** Where `redirect` leads. */
  lures = 'http://169.254.169.254/latest/meta-data';
  origin = '';
  private metadata: Metadata | undefined;
  private door = '';
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async open(): Promise<EvilRelyingParty> {
    const party = new EvilRelyingParty();
    await new Promise<void>((listening) => party.server.listen(0, '127.0.0.1', listening));
    party.origin = `http://127.0.0.1:${(party.server.address() as AddressInfo).port}`;
    return party;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /** To be registered. */
  get redirectUri(): string {
    return `${this.origin}/callback`;
  }
  get backchannelLogoutUri(): string {
    return `${this.origin}/logged-out`;
  }

  /**
   * Reads the provider's discovery document; refuses one that names another issuer. `door`: the origin to reach it at
   * instead of its own, where a test stands behind what would lead there.
   */
  async meet(issuer: string, door = new URL(issuer).origin): Promise<Metadata> {
    this.door = door;
    const response = await fetch(`${this.behind(issuer)}/.well-known/openid-configuration`);
    const metadata = (await response.json()) as Metadata;
    if (metadata.issuer !== issuer) throw new Error(`${issuer} says it is ${metadata.issuer}`);
    this.metadata = metadata;
    return metadata;
  }

  /** What an honest client makes anew for each authorization. */
  turn(): Turn {
    const verifier = random();
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    return { state: random(), nonce: random(), verifier, challenge };
  }

  /** What an honest client asks for; to be changed by tricks. Give an old turn to use its state, nonce and challenge again. */
  honest(client: EvilClient, turn: Turn, more: Record<string, string> = {}): URLSearchParams {
    return new URLSearchParams({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      scope: 'openid',
      state: turn.state,
      nonce: turn.nonce,
      code_challenge: turn.challenge,
      code_challenge_method: 'S256',
      ...more,
    });
  }

  /** Where the browser is sent. */
  authorizeUrl(params: URLSearchParams): string {
    return `${this.endpoint('authorization_endpoint')}?${params.toString()}`;
  }

  /** The authorization request without a browser's session: for requests that are refused at once. */
  authorize(params: URLSearchParams): Promise<EndpointAnswer> {
    return ask(this.authorizeUrl(params));
  }

  /** A pushed authorization request (RFC 9126), as that client. */
  push(client: EvilClient, params: URLSearchParams): Promise<EndpointAnswer> {
    return post(this.endpoint('pushed_authorization_request_endpoint'), params, client);
  }

  /** What goes to the browser after {@link push}. `more` is what a user has added. */
  pushedUrl(client: EvilClient, requestUri: string, more: Record<string, string> = {}): string {
    return this.authorizeUrl(
      new URLSearchParams({ client_id: client.clientId, request_uri: requestUri, ...more }),
    );
  }

  /** Exchanges a code as the client it was for would; `change` makes it another's, or a worse one. */
  redeem(
    client: EvilClient,
    turn: Turn,
    code: string,
    change: (redemption: Redemption) => void = () => {},
  ): Promise<EndpointAnswer> {
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: turn.verifier,
    });
    const redemption = { form, client, turn };
    change(redemption);
    return this.token(redemption.client, redemption.form);
  }

  /** Any request to the token endpoint, as that client. */
  token(client: EvilClient, form: URLSearchParams): Promise<EndpointAnswer> {
    return post(this.endpoint('token_endpoint'), form, client);
  }

  /** The answers that browsers brought to the redirect URI, oldest first; those of one state if it is given. */
  callbacks(state?: string): URLSearchParams[] {
    return this.received
      .filter(({ path }) => path === '/callback')
      .map(({ query, method, body }) => (method === 'POST' ? new URLSearchParams(body) : query))
      .filter((query) => state === undefined || query.get('state') === state);
  }

  /** Logout tokens that were sent to it (OIDC Back-Channel Logout 1.0 §2.5). */
  logoutTokens(): string[] {
    return this.received
      .filter(({ path }) => path === '/logged-out')
      .map(({ body }) => new URLSearchParams(body).get('logout_token') ?? '');
  }

  private endpoint(name: string): string {
    const url = this.metadata?.[name];
    if (typeof url !== 'string') throw new Error(`no ${name}: meet a provider that has one`);
    return this.behind(url);
  }

  private behind(url: string): string {
    return `${this.door}${url.slice(new URL(url).origin.length)}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = 'GET', headers } = request;
    this.received.push({ method, path: pathname, query: searchParams, headers, body });
    if (this.manner === 'hang') return;
    if (this.manner === 'endless') return void babble(response);
    if (this.manner === 'redirect') return void response.writeHead(307, { location: this.lures }).end();
    const type = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    response
      .writeHead(this.manner === 'error' ? 500 : 200, type)
      .end('<!doctype html><title>got it</title>got it');
  }
}

const random = (): string => randomBytes(32).toString('base64url');

/** Sends as long as anybody listens. */
function babble(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'.repeat(1024)), 5);
  response.writeHead(200).on('close', () => clearInterval(timer));
}
