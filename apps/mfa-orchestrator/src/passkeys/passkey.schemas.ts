import { plainText } from '@countersign/contracts';
import { z } from 'zod';
import { BASE64 } from './base64-bytes.decide.ts';
import { TRANSPORTS } from './passkey.types.ts';

/** Bytes as base64url or as padded standard base64, at most `longest` characters: clients send either (contracts §1.4). */
const bytes = (longest: number) =>
  z.string().min(1).max(longest).regex(BASE64, 'must be base64url or base64');

const clientDataJSON = bytes(8_192);
const credentialId = bytes(1_400);
const authenticatorData = bytes(8_192);
const transports = z
  .array(z.string().max(64))
  .max(20)
  // what a future client names beside these is dropped
  .transform((names) => TRANSPORTS.filter((known) => names.includes(known)));

/** What an authenticator answers to a request (LoginID's AssertionResult). */
export const assertionResult = z
  .object({
    clientDataJSON,
    authenticatorData,
    credentialId,
    signature: bytes(2_048),
    userHandle: bytes(128).or(z.literal('')).nullish(),
  })
  .meta({ id: 'AssertionResult' });
export type AssertionInput = z.infer<typeof assertionResult>;

/** What an authenticator answers to a creation (LoginID's CreationResult). Only what is signed is believed. */
export const creationResult = z
  .object({
    clientDataJSON,
    attestationObject: bytes(32_768),
    credentialId,
    transports: transports.nullish(),
  })
  .meta({ id: 'CreationResult' });
export type CreationInput = z.infer<typeof creationResult>;

export const assertionStep = z.object({ assertionResult }).meta({ id: 'MfaPasskeyAssertion' });
export type AssertionStep = z.infer<typeof assertionStep>;

export const creationStep = z.object({ creationResult }).meta({ id: 'MfaPasskeyCreation' });
export type CreationStep = z.infer<typeof creationStep>;

/** A name a user gives a passkey. */
export const passkeyName = plainText(128);
export const renameRequest = z.object({ name: passkeyName }).meta({ id: 'PasskeyRename' });
export type RenameRequest = z.infer<typeof renameRequest>;

/** LoginID's Passkey. */
export const passkeyView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    createdAt: z.iso.datetime(),
    aaguid: z.string(),
    credentialId: z.string().meta({ description: 'base64url' }),
    credentialSynced: z.boolean().meta({ description: 'Whether it is backed up, as it last said' }),
    lastUsedAt: z.iso.datetime().optional(),
    lastUsedFromDevice: z.record(z.string(), z.unknown()).optional(),
    providerName: z.string(),
  })
  .meta({ id: 'Passkey' });
export type PasskeyView = z.infer<typeof passkeyView>;

export const passkeyList = z.array(passkeyView);

// AAGUIDs are not RFC 9562's UUIDs: any 128 bits
export const aaguid = z.guid().transform((id) => id.toLowerCase());
export const providerView = z
  .object({
    id: z.string(),
    name: z.string(),
    iconLight: z.string().meta({ description: 'data: URI' }),
    iconDark: z.string().meta({ description: 'data: URI' }),
  })
  .meta({ id: 'PasskeyProvider' });
