import { createHash } from 'node:crypto';
import { verify, createPublicKey } from 'node:crypto';
import type { Arrival } from './form-browser.ts';
import type { Answer } from './http.ts';
import { OidcBank, type Person } from './oidc-bank.ts';
import { OidcUser } from './oidc-user.ts';
import { Phone } from './phone.ts';
import type { RelyingParty, Sent } from './relying-party.ts';
import type { System } from './system.ts';

/** What a module of the certification suite works with: two clients, a user, a browser, and no library of ours. */
export interface Flow {
  sent: Sent;
  callback: URL;
}

/** The OpenID Foundation's certification modules, driven by hand: requests and answers as they stand on the wire. */
export class Conformance {
  client!: RelyingParty;
  /** For the binding of tokens to clients. */
  second!: RelyingParty;
  person!: Person;
  user!: OidcUser;

  private constructor(readonly bank: OidcBank) {}

  static async open(system: System): Promise<Conformance> {
    const suite = new Conformance(await OidcBank.open(system));
    const scopes = ['openid', 'profile', 'email', 'phone', 'offline_access'];
    const settings = { scopes, signingAlg: 'RS256' };
    suite.client = await suite.bank.client({ settings });
    suite.second = await suite.bank.client({ settings });
    suite.person = await suite.bank.person({ email: true, phone: true });
    suite.fresh();
    return suite;
  }

  /** A browser that nobody has signed in with. */
  fresh(): OidcUser {
    return (this.user = new OidcUser(this.bank.browser(), this.person, new Phone(this.bank.bank.system)));
  }

  /** The authorization request through the browser, to wherever the issuer sends it in the end. */
  async authorize(params: Record<string, string | undefined> = {}, client = this.client): Promise<Flow> {
    const sent = await client.request(params);
    const arrival = await this.user.visit(sent.url);
    if (!arrival.left) throw new Error(`stayed at ${arrival.url.href}: ${arrival.status} ${arrival.text}`);
    return { sent, callback: arrival.url };
  }

  /** Opens the request and stops where the issuer asks for something, or answers an error page. */
  async open(params: Record<string, string | undefined>): Promise<Arrival> {
    return this.user.browser.open((await this.client.request(params)).url);
  }

  /** Redeems a code as it is written here. */
  redeem({ callback, sent }: Flow, client = this.client, more: Record<string, string> = {}): Promise<Answer> {
    const body = {
      ...{ grant_type: 'authorization_code', redirect_uri: client.options.redirectUri },
      ...{ code: callback.searchParams.get('code') ?? '', code_verifier: sent.verifier },
    };
    return client.token({ ...body, ...more }, client.basic());
  }

  /** The whole flow; answers the token endpoint's answer and the verified claims. */
  async tokens(params: Record<string, string | undefined> = {}, client = this.client) {
    const flow = await this.authorize(params, client);
    const answer = await this.redeem(flow, client);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return { flow, body: answer.body, claims: await this.verified(answer.body.id_token, flow, client) };
  }

  userinfo(accessToken: string): Promise<Answer> {
    return this.client.get('userinfo_endpoint', { authorization: `Bearer ${accessToken}` });
  }

  /** What the suite checks of every ID token (OIDCC §3.1.3.7): signature by JWKS, iss, aud, azp, times, nonce, at_hash. */
  private async verified(token: string, { sent }: Flow, client: RelyingParty) {
    const [head = '', body = '', signature = ''] = token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const [header, claims] = [read(head), read(body)];
    const { keys } = (await client.get('jwks_uri')).body as { keys: ({ kid: string } & JsonWebKey)[] };
    const matching = keys.filter(({ kid }) => kid === header.kid);
    if (matching.length !== 1 || header.alg !== 'RS256') throw new Error(`no one key for ${head}`);
    const key = createPublicKey({ key: matching[0] as never, format: 'jwk' });
    const isGood = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
    const now = Date.now() / 1000;
    const faults = [
      !isGood && 'signature',
      claims.iss !== client.options.issuer && 'iss',
      [claims.aud].flat().join() !== client.options.clientId && 'aud',
      claims.azp !== undefined && claims.azp !== client.options.clientId && 'azp',
      !(claims.exp > now && claims.exp < now + 86_400) && 'exp',
      !(Math.abs(claims.iat - now) < 60) && 'iat',
      sent.url.searchParams.has('nonce') && claims.nonce !== sent.nonce && 'nonce',
      !/^[\x21-\x7e]{1,255}$/.test(claims.sub) && 'sub',
    ].filter(Boolean);
    if (faults.length > 0) throw new Error(`the ID token is wrong in ${faults.join(', ')}`);
    return claims as Record<string, unknown> & { sub: string; auth_time?: number };
  }
}

/** Left half of a hash, as at_hash has it. */
export const leftHalf = (token: string): string =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
