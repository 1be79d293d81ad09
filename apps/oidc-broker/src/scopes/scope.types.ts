import type { MfaDemand } from '../clients/client.types.ts';

/** A scope that clients may be allowed to ask for. */
export interface OidcScope {
  name: string;
  /** What users read at consent. */
  description: string;
  /** Claims it opens. */
  claims: string[];
  /** MFA before it is granted; without maxAgeSeconds at each consent. */
  mfa?: MfaDemand;
  /** Of the protocol: always there. */
  builtIn: boolean;
}

/** Scopes that every application has. Descriptions complete "… may" on the consent page. */
export const BUILT_IN_SCOPES: readonly OidcScope[] = [
  { name: 'openid', description: 'Know who you are', claims: ['sub'], builtIn: true },
  { name: 'profile', description: 'See your name', claims: ['name'], builtIn: true },
  {
    name: 'email',
    description: 'See your e-mail address',
    claims: ['email', 'email_verified'],
    builtIn: true,
  },
  {
    name: 'phone',
    description: 'See your phone number',
    claims: ['phone_number', 'phone_number_verified'],
    builtIn: true,
  },
  {
    name: 'offline_access',
    description: 'Stay connected while you are away',
    claims: [],
    builtIn: true,
  },
  { name: '2fa', description: 'Ask you for a second factor', claims: [], builtIn: true },
  { name: '2fa_link', description: 'Set up your second factor', claims: [], builtIn: true },
];

/** Whether that scope is the protocol's own. */
export const isBuiltInScope = (name: string): boolean => BUILT_IN_SCOPES.some((scope) => scope.name === name);
