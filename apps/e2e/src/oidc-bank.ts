import { randomBytes } from 'node:crypto';
import { type Bank, type BankOptions, expectStatus } from './bank.ts';
import { FormBrowser } from './form-browser.ts';
import { CALLBACK, RelyingParty, type RelyingPartyOptions } from './relying-party.ts';
import type { System } from './system.ts';

/** Somebody in the directory. */
export interface Person {
  username: string;
  password: string;
  email?: string;
  phoneNumber?: string;
}

/** How a relying party is registered, beside what it is by default: confidential, EdDSA, consent asked. */
export interface ClientOptions {
  /** Members of `POST /v1/clients`. */
  settings?: Record<string, unknown>;
  /** Name by which browsers know the gateway. */
  host?: string;
  auth?: RelyingPartyOptions['auth'];
}

/** An application that signs people in: clients, people, scopes, through the public API. */
export class OidcBank {
  private people = 0;

  private constructor(readonly bank: Bank) {}

  static async open(system: System, options: BankOptions = {}): Promise<OidcBank> {
    const settings = { contactMinAgeSeconds: 0, ...options.settings };
    return new OidcBank(await system.bank({ ...options, settings }));
  }

  get appId(): string {
    return this.bank.appId;
  }

  get gateway(): string {
    return this.bank.system.gateway;
  }

  /** The issuer, by one of the gateway's names. `{app}.localhost` is where passkeys are. */
  issuer(host = '127.0.0.1'): string {
    return `http://${host}:${new URL(this.gateway).port}/oidc/${this.appId}`;
  }

  /** A browser without scripts. */
  browser(from?: string): FormBrowser {
    return new FormBrowser(this.gateway, from);
  }

  /** Registers a client. */
  async client({ auth, host, settings = {} }: ClientOptions = {}): Promise<RelyingParty> {
    const body = {
      ...{ name: 'Shop', kind: 'confidential', redirectUris: [CALLBACK] },
      scopes: ['openid', 'profile', 'email', 'phone', 'offline_access', '2fa', '2fa_link'],
      grantTypes: ['authorization_code', 'refresh_token'],
      ...settings,
    };
    const { client, clientSecret } = expectStatus(await this.bank.api('POST', '/v1/clients', body), 201);
    return new RelyingParty({
      ...{ gateway: this.gateway, issuer: this.issuer(host), clientId: client.clientId, clientSecret, auth },
      ...{ redirectUri: client.redirectUris[0], signingAlg: client.signingAlg },
    });
  }

  /** Changes a client. */
  async change(party: RelyingParty, settings: Record<string, unknown>): Promise<void> {
    expectStatus(await this.bank.api('PATCH', `/v1/clients/${party.options.clientId}`, settings), 200);
  }

  async scope(name: string, settings: Record<string, unknown>): Promise<void> {
    expectStatus(await this.bank.api('PUT', `/v1/scopes/${name}`, settings), 200);
  }

  /** Somebody new, with a password; with `email` and `phone` where asked, taken for verified. */
  async person(with_: { email?: boolean; phone?: boolean; username?: string } = {}): Promise<Person> {
    const number = ++this.people;
    const username = with_.username ?? `person-${number}-${randomBytes(3).toString('hex')}`;
    const person: Person = { username, password: `${randomBytes(12).toString('base64url')} ${number}` };
    const body = { username, password: person.password, name: `Person ${number}` };
    expectStatus(await this.bank.api('POST', '/v1/directory/users', body), 201);
    if (with_.email) person.email = await this.address(username, 'email', `${username}@mail.example`);
    if (with_.phone) person.phoneNumber = await this.address(username, 'phone', `+1202555${1000 + number}`);
    return person;
  }

  /** Gives a user an address, taken for verified. */
  async address(username: string, kind: 'email' | 'phone', address: string): Promise<string> {
    const body = { [kind === 'email' ? 'email' : 'phoneNumber']: address, requestVerification: false };
    expectStatus(await this.bank.api('POST', `/fido2/v2/profile/${username}/${kind}`, body), 204);
    return address;
  }
}
