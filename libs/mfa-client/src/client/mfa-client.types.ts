import type { WebAuthn } from '../passkeys/ceremony.ts';
import type { TrustKeyStore } from '../trust/key-store.ts';
import type { KeyValueStorage } from './flow-store.ts';

export interface MfaClientOptions {
  /** `https://mfa.bank.example/apps/bank`, or LoginID's form, `https://bank.api.example`. */
  baseUrl: string | URL;
  /** Put into the path unless the address names it. */
  appId?: string;
  fetch?: typeof fetch;
  /** Where the flow and its tokens are kept: sessionStorage in browsers, memory elsewhere. */
  storage?: KeyValueStorage;
  /** Where this device's keys are kept: IndexedDB in browsers, nowhere elsewhere. `false`: no trust ids. */
  trustKeys?: TrustKeyStore | false;
  /** The browser's own unless given. */
  webauthn?: WebAuthn;
  /** Longest wait for one answer; 15 s unless given. */
  timeoutMs?: number;
  /** Waits before a lost answer is asked for again; twice, after 300 and 1500 ms, unless given. */
  retryDelaysMs?: readonly number[];
}

/** What `refresh` adds. */
export interface CurrentFlow {
  /** Whether the user was known before this flow. */
  isAuthenticated?: boolean | undefined;
  /** What it is about (seed Q5). */
  mfaInfo?: Record<string, unknown> | undefined;
  status?: string | undefined;
}
