import { randomBytes, randomUUID } from 'node:crypto';
import { SCOPES, type Scope } from '@countersign/contracts';
import { waitFor } from '@countersign/testing';
import { type Answer, basic, bearer, type Request, send } from './http.ts';
import { Page } from './page.ts';
import type { System } from './system.ts';

export interface BankOptions {
  /** Laid over a demo-like application: trust `broker`, accountExistence `disclose`. */
  settings?: Record<string, unknown>;
  appId?: string;
}

export interface AuditAction {
  auditActionId: string;
  name: string;
  username: string;
  details?: unknown;
  sessionId?: string;
  occurredAt?: string;
}

const SETTINGS = { accountExistence: 'disclose', auditActions: { trust: 'broker' } };

/** Answers its body; throws with the answer where the status is another one. */
export function expectStatus(answer: Answer, status: number): Answer['body'] {
  if (answer.status === status) return answer.body;
  throw new Error(`answered ${answer.status} instead of ${status}: ${answer.text.slice(0, 500)}`);
}

/** Throws unless a step was refused: 401, and no session that would go on. */
export function expectRefused(answer: Answer): void {
  if (expectStatus(answer, 401)?.session !== undefined)
    throw new Error(`goes on: ${answer.text.slice(0, 500)}`);
}

/** Makes an application and a key with every scope, as the platform does. */
export async function openBank(system: System, options: BankOptions): Promise<Bank> {
  const appId = options.appId ?? `bank-${randomBytes(4).toString('hex')}`;
  const settings = { ...SETTINGS, ...options.settings };
  const made = await system.asPlatform('POST', '/v1/applications', {
    body: { appId, name: appId, settings },
  });
  expectStatus(made, 201);
  const bank = new Bank(system, appId);
  bank.apiKey = (await bank.key(SCOPES)).key;
  return bank;
}

/** A host application: its back end (management by API key) and its users' pages. All calls go through the gateway. */
export class Bank {
  apiKey = '';

  constructor(
    readonly system: System,
    readonly appId: string,
  ) {}

  /** A management call with the key that has every scope, or another credential. */
  api(method: string, path: string, body?: unknown, more: Request = {}): Promise<Answer> {
    return this.call(method, path, { authorization: basic(this.apiKey), body, ...more });
  }

  /** A call without a credential of its own. */
  call(method: string, path: string, request: Request = {}): Promise<Answer> {
    return send(method, this.system.gateway, `/apps/${this.appId}${path}`, request);
  }

  /** Makes a key of this application. */
  async key(scopes: readonly Scope[], constraints?: object): Promise<{ key: string; keyId: string }> {
    const body = { appId: this.appId, scopes, ...(constraints && { constraints }) };
    return expectStatus(await this.system.asPlatform('POST', '/v1/api-keys', { body }), 201);
  }

  /** What management is shown of a user. */
  async user(username: string): Promise<Answer['body']> {
    return expectStatus(await this.api('GET', `/v1/users/${encodeURIComponent(username)}`), 200);
  }

  async rule(rule: Record<string, unknown>): Promise<{ id: string; name: string }> {
    const named = { name: `rule-${randomUUID()}`, requires: 'external', ...rule };
    return expectStatus(await this.api('POST', '/v1/patrol-rules', named), 201);
  }

  async policy(name: string, definition: object): Promise<void> {
    expectStatus(await this.api('PUT', `/v1/policies/${name}`, definition), 200);
  }

  /** An audit action that nobody has used yet. */
  action(username: string, more: Partial<AuditAction> = {}): AuditAction {
    const details = { street: 'Main Street 1' };
    return { auditActionId: `aa-${randomUUID()}`, name: 'ChangeAddress', username, details, ...more };
  }

  /** POSTs an audit action and waits for the challenge it opens. */
  async challenged(action: AuditAction): Promise<Answer['body']> {
    expectStatus(await this.api('POST', '/v1/audit-actions', action), 202);
    const found = await waitFor(
      async () => {
        const { body } = await this.api(
          'GET',
          `/v1/audit-actions/${encodeURIComponent(action.auditActionId)}`,
        );
        if (body.status === 'decided') throw new Error(`decided at once: ${body.outcome} ${body.because}`);
        return body.challengeId as string | undefined;
      },
      { what: 'a challenge' },
    );
    return this.challenge(found);
  }

  async challenge(id: string): Promise<Answer['body']> {
    return expectStatus(await this.api('GET', `/v1/challenges/${id}`), 200);
  }

  /** Waits until an audit action is decided. */
  decided(auditActionId: string): Promise<Answer['body']> {
    return waitFor(
      async () => {
        const { body } = await this.api('GET', `/v1/audit-actions/${encodeURIComponent(auditActionId)}`);
        return body.decision ? body : undefined;
      },
      { what: `the decision on ${auditActionId}` },
    );
  }

  /** POSTs an audit action and waits for its decision. */
  async auditDecided(action: AuditAction): Promise<Answer['body']> {
    expectStatus(await this.api('POST', '/v1/audit-actions', action), 202);
    return this.decided(action.auditActionId);
  }

  /** Opens a challenge about transactions. */
  async transaction(username: string, more: Record<string, unknown> = {}): Promise<Answer['body']> {
    const body = { context: 'transaction', username, transactionIds: [`tx-${randomUUID()}`], ...more };
    return expectStatus(await this.api('POST', '/v1/challenges', body), 201);
  }

  async ticket(challengeId: string): Promise<string> {
    return expectStatus(await this.api('POST', `/v1/challenges/${challengeId}/tickets`), 201).beginTicket;
  }

  /** `POST /fido2/v2/mfa/begin`, whatever comes of it. */
  tryBegin(body: Record<string, unknown>, request: Request = {}): Promise<Answer> {
    return this.call('POST', '/fido2/v2/mfa/begin', { body, ...request });
  }

  async begin(body: Record<string, unknown>, request: Request = {}): Promise<Page> {
    return new Page(this, expectStatus(await this.tryBegin(body, request), 200));
  }

  /** A login flow's page. */
  login(username: string, request: Request = {}): Promise<Page> {
    return this.begin({ user: { username, usernameType: 'other' } }, request);
  }

  /** The page of a challenge's flow. */
  async beginChallenge(challengeId: string): Promise<Page> {
    return this.begin({ beginTicket: await this.ticket(challengeId) });
  }

  /** `POST /fido2/v2/mgmt/grant/external-auth`: a token that vouches for the user. */
  async grant(username: string, about: Record<string, unknown> = {}, key = this.apiKey): Promise<string> {
    const body = { username, ...about };
    const answer = await this.api('POST', '/fido2/v2/mgmt/grant/external-auth', body, {
      authorization: bearer(key),
    });
    return expectStatus(answer, 200).token;
  }

  /** `PUT /v1/external-tokens`: the extension's own token. */
  setToken(username: string, flowId: string, token: string): Promise<Answer> {
    return this.api('PUT', '/v1/external-tokens', { username, flowId, token });
  }

  /** The user's deed from challenge to decision: begin, be vouched for, verify. Answers the decision. */
  async approve(challenge: { id: string; username: string }): Promise<string> {
    const page = await this.beginChallenge(challenge.id);
    const token = await this.grant(challenge.username, { flowId: page.flowId });
    return expectStatus(await page.verify(token), 200).payloadSignature;
  }
}
