/// <reference lib="dom" />
import { bytesOf, jsonOf, textOfBytes } from './bytes.ts';
import { PasskeyError, passkeyErrorOf } from './passkey-error.ts';

/** The part of `navigator.credentials` that is used; for tests, and for apps that bring their own. */
export interface WebAuthn {
  create(options: CredentialCreationOptions): Promise<Credential | null>;
  get(options: CredentialRequestOptions): Promise<Credential | null>;
}

/** LoginID's CreationResult; bytes as base64url. */
export interface CreationResult {
  credentialId: string;
  clientDataJSON: string;
  attestationObject: string;
  authenticatorData?: string;
  publicKey?: string;
  publicKeyAlgorithm?: number;
  transports?: string[];
}

/** LoginID's AssertionResult; bytes as base64url. */
export interface AssertionResult {
  credentialId: string;
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string;
}

/** Options of a ceremony as they travel: bytes as base64url. */
type Options<Kind> = Kind extends 'creation'
  ? PublicKeyCredentialCreationOptionsJSON
  : PublicKeyCredentialRequestOptionsJSON & { rpId: string };

/** Reads offered options (base64url of JSON). Throws TypeError unless they are what LoginID's SDK demands too. */
export function readOptions<Kind extends 'creation' | 'request'>(kind: Kind, text: string): Options<Kind> {
  const found = jsonOf(text) as PublicKeyCredentialCreationOptionsJSON &
    PublicKeyCredentialRequestOptionsJSON;
  const whole =
    kind === 'creation'
      ? found.rp?.id && found.challenge && found.pubKeyCredParams && found.user?.id
      : found.rpId && found.challenge && found.allowCredentials && found.userVerification;
  if (!whole) throw new TypeError(`these are no options of a passkey ${kind}`);
  return found as unknown as Options<Kind>;
}

const descriptors = (list: PublicKeyCredentialDescriptorJSON[] = []): PublicKeyCredentialDescriptor[] =>
  list.map(({ id, transports }) => ({
    type: 'public-key',
    id: bytesOf(id),
    ...(transports && { transports: transports as AuthenticatorTransport[] }),
  }));

/** Makes a passkey. Throws PasskeyError. */
export async function create(
  webauthn: WebAuthn,
  options: PublicKeyCredentialCreationOptionsJSON,
  signal: AbortSignal,
): Promise<CreationResult> {
  const { user, challenge, excludeCredentials, ...rest } = options;
  const publicKey = {
    ...rest,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: descriptors(excludeCredentials),
  } as PublicKeyCredentialCreationOptions;
  const discoverable = options.authenticatorSelection?.residentKey === 'required';
  const made = await webauthn.create({ publicKey, signal }).catch((error: unknown) => {
    throw passkeyErrorOf(error, { discoverable, creating: true });
  });
  const { rawId, response } = held(made) as {
    rawId: ArrayBuffer;
    response: AuthenticatorAttestationResponse;
  };
  // methods of newer browsers; some throw for algorithms they do not know
  const optional = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  const authenticatorData = optional(() => textOfBytes(response.getAuthenticatorData()));
  const spki = optional(() => response.getPublicKey());
  const algorithm = optional(() => response.getPublicKeyAlgorithm());
  const transports = optional(() => response.getTransports());
  return {
    credentialId: textOfBytes(rawId),
    clientDataJSON: textOfBytes(response.clientDataJSON),
    attestationObject: textOfBytes(response.attestationObject),
    ...(authenticatorData && { authenticatorData }),
    ...(spki && { publicKey: textOfBytes(spki) }),
    ...(algorithm !== undefined && { publicKeyAlgorithm: algorithm }),
    ...(transports && { transports }),
  };
}

/** Uses a passkey. `conditional`: offered in an input's autofill, and waits there. Throws PasskeyError. */
export async function use(
  webauthn: WebAuthn,
  options: PublicKeyCredentialRequestOptionsJSON,
  { signal, conditional }: { signal: AbortSignal; conditional: boolean },
): Promise<AssertionResult> {
  const { challenge, allowCredentials, ...rest } = options;
  const publicKey = {
    ...rest,
    challenge: bytesOf(challenge),
    allowCredentials: descriptors(allowCredentials),
  } as PublicKeyCredentialRequestOptions;
  const request = { publicKey, signal, ...(conditional && { mediation: 'conditional' as const }) };
  const found = await webauthn.get(request).catch((error: unknown) => {
    throw passkeyErrorOf(error, { discoverable: false, creating: false });
  });
  const { rawId, response } = held(found) as { rawId: ArrayBuffer; response: AuthenticatorAssertionResponse };
  return {
    credentialId: textOfBytes(rawId),
    clientDataJSON: textOfBytes(response.clientDataJSON),
    authenticatorData: textOfBytes(response.authenticatorData),
    signature: textOfBytes(response.signature),
    ...(response.userHandle && { userHandle: textOfBytes(response.userHandle) }),
  };
}

function held(credential: Credential | null): unknown {
  if (credential === null) throw new PasskeyError('ERROR_GENERAL_ERROR', 'The browser gave no passkey', null);
  return credential;
}
