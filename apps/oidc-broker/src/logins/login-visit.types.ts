import type Provider from 'oidc-provider';
import type { OidcClient } from '../clients/client.types.ts';
import type { Browser } from '../remembered-devices/remembered-devices.ts';
import type { PageContext, Proof } from './login.types.ts';

/** The provider's interaction of a request; bound to the browser by the provider's cookie. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** What the browser's session says: who is signed in and what they showed. */
export interface HeldSession {
  accountId: string;
  proofs: Proof[];
}

/** One request of a browser to the page of its login, with everything it is about. */
export interface LoginVisit {
  appId: string;
  /** Origin the browser is on: one of the configured ones. */
  origin: string;
  provider: Provider;
  interaction: Interaction;
  client: OidcClient;
  /** Of the browser, where somebody is signed in. */
  session: HeldSession | undefined;
  page: PageContext;
  browser: Browser;
  clientAddress: string;
  userAgent: string;
  /** Ends the interaction with a result. Answers where the browser goes. */
  tell: (result: Record<string, unknown>) => Promise<string>;
  /** Ends whoever else's session this browser has: a login is never one more account beside another. */
  leaveSessionsBut: (userId: string) => Promise<void>;
}

/** Why there is no login here: each is a page, never a redirect. */
export type NoVisit = 'no-application' | 'another-browser' | 'expired';

/** What the browser gets. */
export type LoginAnswer =
  | { kind: 'page'; status: number; html: string; headers?: Record<string, string> }
  | { kind: 'redirect'; to: string; headers?: Record<string, string> };
