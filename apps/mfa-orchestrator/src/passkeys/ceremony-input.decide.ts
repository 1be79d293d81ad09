import { canonical } from './base64-bytes.decide.ts';
import type { AssertionInput, CreationInput } from './passkey.schemas.ts';
import type { AssertionResult, CreationResult } from './passkey.types.ts';

/** An assertion with its bytes in the one spelling they have; undefined where something is no bytes at all. */
export function asAssertion(input: AssertionInput): AssertionResult | undefined {
  const clientDataJSON = canonical(input.clientDataJSON);
  const authenticatorData = canonical(input.authenticatorData);
  const credentialId = canonical(input.credentialId);
  const signature = canonical(input.signature);
  const userHandle = input.userHandle ? canonical(input.userHandle) : undefined;
  if (!clientDataJSON || !authenticatorData || !credentialId || !signature) return undefined;
  if (input.userHandle && !userHandle) return undefined;
  return { clientDataJSON, authenticatorData, credentialId, signature, ...(userHandle && { userHandle }) };
}

/** A creation with its bytes in the one spelling they have. */
export function asCreation(input: CreationInput): CreationResult | undefined {
  const clientDataJSON = canonical(input.clientDataJSON);
  const attestationObject = canonical(input.attestationObject);
  const credentialId = canonical(input.credentialId);
  if (!clientDataJSON || !attestationObject || !credentialId) return undefined;
  return { clientDataJSON, attestationObject, credentialId, transports: input.transports ?? [] };
}
