import {
  type AssertionAsked,
  type CreationAsked,
  type Quirks,
  SoftwareAuthenticator,
} from '@countersign/testing';
import { type Bank, expectStatus } from './bank.ts';
import type { Answer } from './http.ts';
import { optionsOf } from './next-actions.ts';
import type { Page } from './page.ts';

/** Ceremony options out of an answer's `next`, as LoginID's SDK takes them: the first option, base64url of JSON. */
export function ceremony<Options>(answer: Answer['body'], action: string): Options {
  const value = optionsOf(answer, action)?.[0]?.value as string | undefined;
  if (value === undefined) throw new Error(`${action} is not offered: ${JSON.stringify(answer.next)}`);
  return JSON.parse(Buffer.from(value, 'base64url').toString('utf8')) as Options;
}

/** A user of a bank with a software authenticator on a page of the application's RP id. */
export class PasskeyUser {
  readonly authenticator: SoftwareAuthenticator;

  constructor(
    readonly bank: Bank,
    readonly username: string,
    options: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {},
  ) {
    this.authenticator = new SoftwareAuthenticator(`https://${bank.appId}.localhost`, options);
  }

  /** A flow in which the bank has vouched for the user, and a passkey may be made. */
  async enrolling(): Promise<{ page: Page; options: CreationAsked }> {
    const { bank, username } = this;
    const page = await bank.begin({ user: { username }, enrol: ['passkey:reg'] });
    const answer = await page.verify(await bank.grant(username, { flowId: page.flowId }));
    return { page, options: ceremony<CreationAsked>(expectStatus(answer, 401), 'passkey:reg') };
  }

  /** Makes the user's first passkey; answers the body that completes the flow. */
  async enrol(quirks: Parameters<SoftwareAuthenticator['create']>[1] = {}): Promise<Answer['body']> {
    const { page, options } = await this.enrolling();
    const creationResult = this.authenticator.create(options, quirks);
    return expectStatus(await page.step('passkey/reg', { creationResult }), 200);
  }

  /** Begins a login, and answers the passkey shown for it, unsent. */
  async asserting(begin: Record<string, unknown> = {}, quirks: Quirks = {}) {
    const page = await this.bank.begin({ user: { username: this.username }, ...begin });
    const action = begin.payload === undefined ? 'passkey:auth' : 'passkey:tx';
    const options = ceremony<AssertionAsked>(page.begun, action);
    return { page, options, assertionResult: this.authenticator.get(options, quirks) };
  }

  /** Logs in by passkey. */
  async login(quirks: Quirks = {}): Promise<Answer> {
    const { page, assertionResult } = await this.asserting({}, quirks);
    return page.step('passkey/auth', { assertionResult });
  }

  /** An access token by passkey. */
  async token(quirks: Quirks = {}): Promise<string> {
    return expectStatus(await this.login(quirks), 200).accessToken;
  }
}
