import { type Clock, randomToken } from '@countersign/kernel';
import type { RpCheck } from './rp-checks.decide.ts';
import type { TokenAnswer } from './rp-fetch.ts';

/** What is asked for: a second factor alone, a client that asks for MFA, a scope that does. */
export const RP_KINDS = ['second-factor', 'client', 'scope'] as const;
export type RpKind = (typeof RP_KINDS)[number];

/** A request on its way: what its answer must fit to. */
export interface RpPending {
  kind: RpKind;
  issuer: string;
  state: string;
  nonce: string;
  verifier: string;
  username: string;
}

/** What came of it. */
export interface RpOutcome {
  kind: RpKind;
  issuer: string;
  username: string;
  /** Why it was refused; nothing that came is believed then. */
  refused?: string;
  answer?: TokenAnswer;
  claims?: Record<string, unknown>;
  userinfo?: Record<string, unknown>;
  checks: RpCheck[];
}

interface Session {
  pending: Map<string, RpPending>;
  outcome?: RpOutcome;
  at: number;
}

const KEPT = 500;
const PENDING = 10;
const SECONDS = 3600;

/**
 * The relying party's sessions, in memory, each bound to a browser by a cookie. State, nonce and verifier never leave
 * this place but in the request they are for; an answer whose state is not here belongs to nobody (V7, RFC 9700 §4.7).
 */
export class RpSessions {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly clock: Clock) {}

  /** The cookie's value for a browser without one. */
  begin(): string {
    const id = randomToken();
    this.sessions.set(id, { pending: new Map(), at: this.now() });
    for (const [oldest] of this.sessions) if (this.sessions.size > KEPT) this.sessions.delete(oldest);
    return id;
  }

  has(id: string | undefined): id is string {
    return this.find(id) !== undefined;
  }

  expect(id: string, pending: RpPending): void {
    const waiting = this.find(id)?.pending;
    waiting?.set(pending.state, pending);
    for (const [oldest] of waiting ?? []) if (waiting!.size > PENDING) waiting!.delete(oldest);
  }

  /** The request that an answer with that state is for: once. */
  take(id: string | undefined, state: string): RpPending | undefined {
    const pending = this.find(id)?.pending;
    const found = pending?.get(state);
    pending?.delete(state);
    return found;
  }

  keep(id: string, outcome: RpOutcome): void {
    const session = this.find(id);
    if (session) session.outcome = outcome;
  }

  outcome(id: string | undefined): RpOutcome | undefined {
    return this.find(id)?.outcome;
  }

  end(id: string | undefined): void {
    if (id !== undefined) this.sessions.delete(id);
  }

  private find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.sessions.get(id);
    return session && this.now() - session.at < SECONDS ? session : undefined;
  }

  private now(): number {
    return this.clock.now().getTime() / 1000;
  }
}
