import { Providers } from '../src/providers/providers.ts';
import type { LoginResult } from '../src/providers/provider.types.ts';
import { type Ask, management } from './management.ts';
import type { OidcBroker } from './oidc-broker.ts';
import { type Answered, Browser, callbackOf, type Registered, RelyingParty } from './relying-party.ts';

const PASSWORD = 'orange boat sails north';
export const CALLBACK = 'https://shop.example/callback';

/** A user of the directory. */
export interface KnownUser {
  userId: string;
  username: string;
}

type Parameters = Record<string, string | undefined>;

/** Clients and users of one application, and logins between them. */
export class ProviderApplication {
  readonly manage: Ask;

  constructor(
    private readonly broker: OidcBroker,
    readonly appId = 'demo',
  ) {
    this.manage = management(broker, appId, 'oidc:read', 'oidc:write', 'user:read', 'user:write');
  }

  /** A new client; confidential, with consent implied unless `more` says otherwise. */
  async client(more: object = {}): Promise<Registered> {
    const isPublic = (more as { kind?: string }).kind === 'public';
    const consent = isPublic ? 'ask' : 'implied';
    const usual = { kind: 'confidential', name: 'Shop', redirectUris: [CALLBACK], consent };
    const { status, body } = await this.manage('POST', '/v1/clients', { ...usual, ...more });
    if (status !== 201) throw new Error(`no client: ${JSON.stringify(body)}`);
    const { client, clientSecret } = body;
    return { clientId: client.clientId, secret: clientSecret, redirectUri: client.redirectUris[0] };
  }

  async user(username: string): Promise<KnownUser> {
    const user = { username, password: PASSWORD };
    const { status, body } = await this.manage('POST', '/v1/directory/users', user);
    if (status !== 201) throw new Error(`no user: ${JSON.stringify(body)}`);
    return body as KnownUser;
  }

  relyingParty(client: Registered): RelyingParty {
    return new RelyingParty(this.broker, client, this.appId);
  }

  /** An authorization request as it is pushed (RFC 9126): the browser gets a reference. */
  async pushedUrl(party: RelyingParty, changed: Parameters = {}): Promise<string> {
    const { json } = await party.post('par', party.parameters(changed));
    if (!json?.request_uri) throw new Error(`not taken: ${JSON.stringify(json)}`);
    const reference = { client_id: party.client.clientId, request_uri: json.request_uri as string };
    return `${party.issuer}/authorize?${new URLSearchParams(reference)}`;
  }

  /** Signs in through the pages; answers where the browser ended up. */
  async signIn(
    party: RelyingParty,
    username: string,
    { changed = {}, browser = new Browser(this.broker) }: { changed?: Parameters; browser?: Browser } = {},
  ): Promise<Record<string, string>> {
    let page = await browser.follow(party.authorizeUrl(changed));
    for (let step = 0; step < 5 && page.status === 200; step++) {
      const isPassword = page.text.includes('name="password"');
      page = await browser.submit(page, isPassword ? { username, password: PASSWORD } : { username });
    }
    if (page.status >= 400) throw new Error(`no login: ${page.status} ${page.text}`);
    return callbackOf(page);
  }

  /** Signs in and redeems the code. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into answers of any shape
  async tokens(party: RelyingParty, username: string, changed: Parameters = {}): Promise<any> {
    const { code = '' } = await this.signIn(party, username, { changed });
    return (await party.redeem(code)).json;
  }

  /**
   * Ends the login whose page is at `page` with that result, as our pages would; follows where the browser is sent, after
   * what happens `meanwhile`.
   */
  async settle(
    browser: Browser,
    page: { at: string },
    result: LoginResult | { error: string },
    meanwhile?: () => Promise<unknown>,
  ): Promise<Answered & { at: string }> {
    const providers = this.broker.service.app.get(Providers);
    const provider = await providers.for(this.appId, this.broker.issuerOrigin);
    const uid = new URL(page.at).pathname.split('/').at(-1) ?? '';
    const interaction = await provider?.Interaction.find(uid);
    if (!interaction) throw new Error(`no interaction at ${page.at}`);
    interaction.result = result as never;
    await interaction.persist();
    await meanwhile?.();
    return browser.follow(interaction.returnTo);
  }

  /** A second factor of `user`, shown now. */
  shown(user: KnownUser): LoginResult {
    const at = Math.floor(Date.now() / 1000);
    return { secondFactor: { accountId: user.userId, at, amr: ['kba'], acr: 'aal1' } };
  }

  /** Asks for a second factor of `user` and gets it; answers what the client was sent. */
  async secondFactor(
    party: RelyingParty,
    user: KnownUser,
    { changed = {}, browser = new Browser(this.broker) }: { changed?: Parameters; browser?: Browser } = {},
  ): Promise<Record<string, string>> {
    const asked = { scope: 'openid 2fa', login_hint: user.username, ...changed };
    const page = await browser.follow(party.authorizeUrl(asked));
    return callbackOf(await this.settle(browser, page, this.shown(user)));
  }
}
