/** Why a ceremony failed; LoginID's codes. */
export type PasskeyErrorCode =
  | 'ERROR_PASSKEY_ABORTED'
  | 'ERROR_PASSKEY_EXISTS'
  | 'ERROR_DISCOVERABLE_CREDENTIALS_UNSUPPORTED'
  | 'ERROR_USER_VERIFICATION_UNSUPPORTED'
  | 'ERROR_ALGORITHMS_UNSUPPORTED'
  | 'ERROR_DOMAIN_MISMATCH'
  | 'ERROR_AUTHENTICATOR_UNKNOWN_ERROR'
  | 'ERROR_GENERAL_ERROR';

/**
 * The browser did not make or use a passkey: cancelled, timed out, or it cannot. Nothing was sent to the server but
 * a word about it; the flow goes on as if nothing had been tried. `cause` is the browser's own error.
 */
export class PasskeyError extends Error {
  override name = 'PasskeyError';

  constructor(
    readonly code: PasskeyErrorCode,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }

  /** What is told to the server: no more than code and kind, in LoginID's form. */
  get event(): string {
    const { name, message } = asError(this.cause);
    return `${this.code} - ${this.message} - ${name} - ${message}`;
  }
}

/** By its shape: extensions of password managers throw errors of another realm. */
function asError(error: unknown): { name: string; message: string } {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
  };
}

type Told = [PasskeyErrorCode, string];

const BY_NAME: Record<string, Told> = {
  AbortError: ['ERROR_PASSKEY_ABORTED', 'The ceremony was given up'],
  NotAllowedError: ['ERROR_GENERAL_ERROR', 'Cancelled, timed out, or no passkey here fits'],
  NotSupportedError: [
    'ERROR_ALGORITHMS_UNSUPPORTED',
    'No authenticator here signs in a way the server takes',
  ],
  SecurityError: ['ERROR_DOMAIN_MISMATCH', 'Passkeys of this application are for another host name'],
  UnknownError: ['ERROR_AUTHENTICATOR_UNKNOWN_ERROR', 'The authenticator failed'],
};

/** What an error of `navigator.credentials` says. */
export function passkeyErrorOf(
  error: unknown,
  asked: { discoverable: boolean; creating: boolean },
): PasskeyError {
  if (error instanceof PasskeyError) return error;
  const [code, message] = told(asError(error).name, asked);
  return new PasskeyError(code, message, error);
}

function told(name: string, { discoverable, creating }: { discoverable: boolean; creating: boolean }): Told {
  if (name === 'InvalidStateError' && creating)
    return ['ERROR_PASSKEY_EXISTS', 'This authenticator holds a passkey for the user already'];
  if (name === 'ConstraintError')
    return discoverable
      ? ['ERROR_DISCOVERABLE_CREDENTIALS_UNSUPPORTED', 'This authenticator keeps no passkeys']
      : ['ERROR_USER_VERIFICATION_UNSUPPORTED', 'This authenticator cannot verify who holds it'];
  return BY_NAME[name] ?? ['ERROR_GENERAL_ERROR', 'The passkey could not be used'];
}
