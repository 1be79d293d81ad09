import type { Policy } from './policy.schemas.ts';

const EVERY_FACTOR = ['passkey', 'otp:sms', 'totp', 'otp:email', 'external', 'recovery'] as const;

/** What a login begins with, and what may follow. */
const FIRST_FACTORS = ['password', 'image-passcode', 'login', 'passkey'] as const;
const SECOND_FACTORS = ['otp:email', 'otp:sms', 'totp', 'passkey', 'recovery'] as const;

/** Policies every application has until it writes one of that name. */
export const BUILT_IN_POLICIES: readonly Policy[] = [
  {
    name: 'external',
    description: 'The application checks the user its own way and vouches for them',
    offers: ['external'],
    satisfiedBy: [['external']],
    onceEnrolled: 'standard',
    version: 0,
    builtIn: true,
  },
  {
    name: 'standard',
    description: 'Any one factor the user has, or the application’s own check',
    offers: [...EVERY_FACTOR],
    satisfiedBy: EVERY_FACTOR.map((one) => [one]),
    version: 0,
    builtIn: true,
  },
  {
    name: 'strong',
    description: 'Two categories by two authenticators, or a passkey that verifies its user (AAL2)',
    offers: [...EVERY_FACTOR],
    satisfiedBy: EVERY_FACTOR.map((one) => [one]),
    combinedAcr: 'aal2',
    version: 0,
    builtIn: true,
  },
  {
    name: 'mfa',
    description:
      'A first factor (password, image passcode, passkey, earlier login) and a second one of the user’s',
    offers: [...SECOND_FACTORS],
    satisfiedBy: FIRST_FACTORS.flatMap((first) =>
      SECOND_FACTORS.filter((second) => second !== first).map((second) => [first, second]),
    ),
    loginMaxAgeSeconds: 900,
    version: 0,
    builtIn: true,
  },
  {
    name: 'passkey',
    description: 'A passkey that verifies its user; nothing else, for it cannot be phished',
    offers: ['passkey'],
    satisfiedBy: [['passkey']],
    userVerification: 'required',
    version: 0,
    builtIn: true,
  },
  {
    name: 'passkey-onboarding',
    description: 'The application’s own check or a passkey; who has no passkey makes one',
    offers: ['passkey', 'external'],
    satisfiedBy: [['passkey'], ['external']],
    externalAlone: ['no-passkey'],
    enrols: ['passkey:reg'],
    version: 0,
    builtIn: true,
  },
];

export const builtInPolicy = (name: string): Policy | undefined =>
  BUILT_IN_POLICIES.find((policy) => policy.name === name);

/**
 * Satisfied by what opened a registration (a `reg:write` grant, or the user's access token) and offering nothing: the
 * flow of `reg/init` is under it. Applications cannot write or name it: the name is reserved.
 */
export const REGISTRATION_POLICY: Policy = {
  name: 'registration',
  offers: ['external'],
  satisfiedBy: [['grant']],
  version: 0,
  builtIn: true,
};
