/**
 * Whether `amr` of a token names more than one factor: by `mfa` (RFC 8176), or as two methods, since a code by e-mail makes
 * no second category (NIST SP 800-63B-4 §3.1.3.1) and policy may take it all the same. `user` tells how a key was used.
 */
export function isMultiFactor(amr: unknown): boolean {
  if (!Array.isArray(amr)) return false;
  const methods = new Set(amr.filter((method) => typeof method === 'string' && !SAYS_NO_METHOD.has(method)));
  return amr.includes('mfa') || methods.size > 1;
}

const SAYS_NO_METHOD = new Set(['mfa', 'user', 'pop', 'mca', 'rba', 'sc']);
