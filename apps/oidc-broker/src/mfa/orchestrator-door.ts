import { type ServiceAnswer, type ServiceCall, ServiceClient } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { Visitor } from './mfa.types.ts';

/** Nobody in particular: what is asked is public. */
const NOBODY: Visitor = { clientAddress: '127.0.0.1' };

/** A call of a person's page, with the session of their flow. */
export type PublicCall = Pick<ServiceCall, 'method' | 'path' | 'body'> & {
  session?: string;
  visitor?: Visitor;
};

/** The orchestrator's doors: internal calls as this service, and its public API as the gateway would lead a person there. */
@Injectable()
export class OrchestratorDoor {
  constructor(private readonly client: ServiceClient) {}

  /** An internal call. Throws ServiceUnavailable. */
  internally(call: Pick<ServiceCall, 'method' | 'path' | 'body'>): Promise<ServiceAnswer> {
    return this.client.call('mfa-orchestrator', call);
  }

  /** A call of the application's public API. Steps may send mail first, so they get more time. Throws ServiceUnavailable. */
  publicly(appId: string, { session, visitor = NOBODY, path, ...call }: PublicCall): Promise<ServiceAnswer> {
    return this.client.call('mfa-orchestrator', {
      ...call,
      path: `/apps/${encodeURIComponent(appId)}${path}`,
      timeoutMs: 5000,
      onBehalfOf: { ...visitor, authorization: session },
    });
  }
}
