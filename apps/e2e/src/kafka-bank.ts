import { randomUUID } from 'node:crypto';
import { SCOPES } from '@countersign/contracts';
import { waitFor } from '@countersign/testing';
import { bodyOf, call, type CallAnswer, type CallOptions } from './kafka-call.ts';
import type { KafkaSystem } from './kafka-system.ts';

/** An audit action as a host application knows it. */
export interface ParkedAction {
  auditActionId: string;
  name: string;
  username: string;
  details?: unknown;
}

/** What a user's page holds once its flow has begun. */
export interface BegunFlow {
  flowId: string;
  session: string;
}

/** A host application: its key, its way through the gateway. */
export class Bank {
  private constructor(
    readonly appId: string,
    readonly key: string,
    private readonly base: string,
  ) {}

  /** Makes the application with the platform's key, as anybody would: believed on the broker's word, one rule. */
  static async open(
    { gateway, platformKey }: Pick<KafkaSystem, 'gateway' | 'platformKey'>,
    appId = 'bank',
  ): Promise<Bank> {
    const platform = { key: platformKey };
    const settings = {
      auditActions: { trust: 'broker' },
      openFlowsPerClientAddress: 10_000,
      budgets: { eventChallengesPerHour: 1000, eventChallengesPerDay: 1000 },
    };
    const application = { appId, name: appId, settings };
    bodyOf(await call(gateway, 'POST', '/v1/applications', { ...platform, body: application }), 201);
    const wanted = { appId, scopes: SCOPES };
    const { key } = bodyOf(await call(gateway, 'POST', '/v1/api-keys', { ...platform, body: wanted }), 201);
    const bank = new Bank(appId, key, `${gateway}/apps/${appId}`);
    const policy = { offers: ['external'], satisfiedBy: [['external']] };
    bodyOf(await bank.ask('PUT', '/v1/policies/external', policy));
    const rule = { name: 'Address changes', auditAction: 'ChangeAddress', requires: 'external' };
    bodyOf(await bank.ask('POST', '/v1/patrol-rules', rule), 201);
    return bank;
  }

  /** With its key, as its back end asks. */
  ask(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<CallAnswer> {
    return call(this.base, method, path, { key: this.key, ...options, ...(body !== undefined && { body }) });
  }

  /** From the user's page: with the flow's session, or nothing. */
  page(path: string, body: unknown, session?: string): Promise<CallAnswer> {
    return call(this.base, 'POST', path, { body, ...(session && { authorization: session }) });
  }

  /** Something that needs the user (`ChangeAddress`), or that no rule names. A user of its own unless named. */
  park(over: Partial<ParkedAction> = {}): ParkedAction {
    const id = randomUUID();
    return { auditActionId: `action-${id}`, name: 'ViewStatement', username: `user-${id}`, ...over };
  }

  /** The CloudEvent about it, as a producer with nothing of ours writes it. */
  event(data: ParkedAction, over: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      specversion: '1.0',
      id: randomUUID(),
      source: '/bank',
      type: 'patrol.audit-action.recorded.v1',
      time: new Date().toISOString(),
      appid: this.appId,
      subject: data.username,
      data,
      ...over,
    };
  }

  /** Waits until the action has a decision and answers where it stands. */
  async decided(auditActionId: string, timeoutMs = 30_000) {
    const probe = async () => {
      const { status, body } = await this.ask('GET', `/v1/audit-actions/${auditActionId}`);
      return status === 200 && body.decision && body;
    };
    return waitFor<{ status: string; outcome: string; decision: string; challengeId?: string }>(probe, {
      timeoutMs,
      what: `a decision on ${auditActionId}`,
    });
  }

  /** Waits until a challenge is open for the user. */
  async challengeOf(username: string, timeoutMs = 30_000) {
    const path = `/v1/challenges?status=pending&username=${encodeURIComponent(username)}`;
    const probe = async () => (await this.ask('GET', path)).body.items?.[0];
    return waitFor<{ id: string; subjectDigest: string; mfaInfo: Record<string, unknown> }>(probe, {
      timeoutMs,
      what: `a challenge of ${username}`,
    });
  }

  /** Opens a challenge about transactions; no event is involved. */
  async demand(username: string) {
    const body = { context: 'transaction', username, transactionIds: [randomUUID()] };
    return bodyOf(await this.ask('POST', '/v1/challenges', body), 201);
  }

  /** The page begins: with a ticket for a challenge's flow, without one for a login. */
  async begin(username: string, beginTicket?: string): Promise<BegunFlow> {
    const body = { user: { username }, ...(beginTicket && { beginTicket }) };
    return bodyOf(await this.page('/fido2/v2/mfa/begin', body));
  }

  async ticket(challengeId: string): Promise<string> {
    return bodyOf(await this.ask('POST', `/v1/challenges/${challengeId}/tickets`, {}), 201).beginTicket;
  }

  /** The extension has checked the user and vouches. */
  async vouch(username: string, flowId: string): Promise<string> {
    const body = { username, flowId };
    return bodyOf(await this.ask('POST', '/fido2/v2/mgmt/grant/external-auth', body)).token;
  }

  /** The page hands the token in. */
  verify({ session }: BegunFlow, token: string): Promise<CallAnswer> {
    return this.page('/fido2/v2/mfa/third-party/verify', { token }, session);
  }

  /** The user's whole part in an open challenge; answers what the page gets at the end. */
  async prove(username: string, challengeId: string) {
    const flow = await this.begin(username, await this.ticket(challengeId));
    return bodyOf(await this.verify(flow, await this.vouch(username, flow.flowId)));
  }

  /** From nothing to tokens: a login with an external factor. */
  async login(username: string) {
    const flow = await this.begin(username);
    return { flow, tokens: bodyOf(await this.verify(flow, await this.vouch(username, flow.flowId))) };
  }
}
