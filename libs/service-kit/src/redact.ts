/** Names of members whose values never reach a log, compared without case and separators. */
const SECRET_NAMES = new Set(
  [
    ...['authorization', 'cookie', 'setCookie', 'proxyAuthorization', 'wwwAuthenticate'],
    ...['token', 'accessToken', 'idToken', 'refreshToken', 'beginTicket', 'ticket', 'session', 'sessionId'],
    ...[
      'otp',
      'code',
      'authCode',
      'password',
      'passcode',
      'secret',
      'clientSecret',
      'apiKey',
      'key',
      'privateKey',
    ],
    ...[
      'privateJwk',
      'serviceKey',
      'masterKey',
      'payload',
      'payloadSignature',
      'decision',
      'details',
      'body',
      'd',
    ],
    ...[
      'username',
      'email',
      'phone',
      'parameters',
      'query',
      'assertionResult',
      'creationResult',
      'trustItems',
    ],
  ].map((name) => name.toLowerCase()),
);

/** Credentials that may stand inside a text: our API keys, compact JWTs, Authorization values, passwords in URLs. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/csk_[\w-]+/g, 'csk_[redacted]'],
  [/\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)*/g, '[redacted jwt]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/:\/\/([^\s:/@]+):[^\s@/]+@/g, '://$1:[redacted]@'],
];

const DEEPEST = 6;

/** `text` without anything that looks like a credential. */
export const redactText = (text: string): string =>
  SECRET_TEXT.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);

/** A copy of `value` fit for a log: secret members replaced at any depth, credentials inside texts masked. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (depth >= DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, depth + 1));
  const clean: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const secret = SECRET_NAMES.has(name.replace(/[-_]/g, '').toLowerCase());
    clean[name] = secret && inner !== undefined && inner !== null ? '[redacted]' : redact(inner, depth + 1);
  }
  return clean;
}

/** Name, code, message and stack; not the other members, which hold statements, parameters and rows. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...(error.cause !== undefined && depth < DEEPEST && { cause: redact(error.cause, depth + 1) }),
  };
}
