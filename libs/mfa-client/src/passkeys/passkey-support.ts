/// <reference lib="dom" />
import { PasskeyError } from './passkey-error.ts';
import type { WebAuthn } from './ceremony.ts';

/** The browser's own passkeys. Throws PasskeyError where there are none: in Node, or on a page without TLS. */
export function browserWebAuthn(): WebAuthn {
  const { credentials } = (globalThis.navigator as Navigator | undefined) ?? {};
  if (credentials && 'PublicKeyCredential' in globalThis) return credentials;
  throw new PasskeyError('ERROR_GENERAL_ERROR', 'There are no passkeys here', new Error('no WebAuthn'));
}

/** What this browser can do with passkeys; all false in Node. Never rejects. */
export async function passkeySupport(): Promise<{ passkeys: boolean; autoFill: boolean; platform: boolean }> {
  const { PublicKeyCredential: found } = globalThis as { PublicKeyCredential?: typeof PublicKeyCredential };
  const ask = async (question: (() => Promise<boolean>) | undefined) =>
    (await question?.().catch(() => false)) ?? false;
  if (!found) return { passkeys: false, autoFill: false, platform: false };
  const [autoFill, platform] = await Promise.all([
    ask(found.isConditionalMediationAvailable?.bind(found)),
    ask(found.isUserVerifyingPlatformAuthenticatorAvailable?.bind(found)),
  ]);
  return { passkeys: true, autoFill, platform };
}

type Signals = Partial<{
  signalUnknownCredential(of: { rpId: string; credentialId: string }): Promise<void>;
  signalAllAcceptedCredentials(of: {
    rpId: string;
    userId: string;
    allAcceptedCredentialIds: string[];
  }): Promise<void>;
}>;

const signals = (): Signals | undefined =>
  (globalThis as { PublicKeyCredential?: Signals }).PublicKeyCredential;

/** Tells the password manager that the server knows nothing of a passkey it just made. Never rejects. */
export async function forgetPasskey(rpId: string, credentialId: string): Promise<void> {
  await signals()
    ?.signalUnknownCredential?.({ rpId, credentialId })
    .catch(() => {});
}

/** Tells the password manager which passkeys of this user still count. Never rejects. */
export async function keepOnlyPasskeys(rpId: string, userId: string, credentialIds: string[]): Promise<void> {
  await signals()
    ?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds: credentialIds })
    .catch(() => {});
}

/** Whether a password manager would hear {@link keepOnlyPasskeys}. */
export const hearsOfPasskeys = (): boolean => typeof signals()?.signalAllAcceptedCredentials === 'function';
