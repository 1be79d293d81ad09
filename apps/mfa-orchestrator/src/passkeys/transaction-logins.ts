import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { FlowFacts } from '../flows/flow-facts.ts';
import type { Flow } from '../flows/flow.types.ts';
import { loginTokens } from '../flows/login-tokens.decide.ts';
import { decideNext } from '../flows/next-action.decide.ts';
import { counted } from '../flows/satisfied.decide.ts';
import { TokenServiceGateway } from '../flows/token-service.gateway.ts';

/**
 * The login that `tx/complete` brings: LoginID documents "a new JWT access token", and its SDK puts that in the place
 * of the one it holds. A passkey shown for a payload is shown as it would be for a login, on the same page; whether it
 * is enough for one is asked of the application's policy for logins, as on every other way in (ST-08).
 */
@Injectable()
export class TransactionLogins {
  constructor(
    private readonly database: Database,
    private readonly facts: FlowFacts,
    private readonly tokens: TokenServiceGateway,
  ) {}

  /** An access token for a completed confirmation, the same for a repeat; undefined where a login asks for more. */
  async of(flow: Flow): Promise<string | undefined> {
    const facts = await this.facts.asLogin(this.database, flow, await this.facts.applicationOf(flow));
    if (decideNext(facts).kind !== 'complete') return undefined;
    return (await this.tokens.issue(loginTokens(flow, counted(facts)))).accessToken;
  }
}
