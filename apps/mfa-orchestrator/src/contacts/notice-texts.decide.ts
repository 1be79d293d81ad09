/** What users are told of their own account. */
export const NOTICES = [
  'email-added',
  'email-removed',
  'phone-added',
  'phone-removed',
  'passkey-added',
  'passkey-removed',
  'passkey-suspect',
  'totp-added',
  'totp-removed',
  'recovery-codes-made',
  'recovery-codes-removed',
  'recovery-code-used',
  'device-removed',
  'factor-locked',
  'factors-reset',
] as const;
export type NoticeKind = (typeof NOTICES)[number];

const SENTENCES: Record<NoticeKind, string> = {
  'email-added': 'An e-mail address was added to your account',
  'email-removed': 'An e-mail address was removed from your account',
  'phone-added': 'A phone number was added to your account',
  'phone-removed': 'A phone number was removed from your account',
  'passkey-added': 'A passkey was added to your account',
  'passkey-removed': 'A passkey was removed from your account',
  'passkey-suspect': 'One of your passkeys may have been copied and is no longer accepted for your account',
  'totp-added': 'An authenticator app was added to your account',
  'totp-removed': 'An authenticator app was removed from your account',
  'recovery-codes-made': 'New recovery codes were made for your account',
  'recovery-codes-removed': 'The recovery codes of your account were removed',
  'recovery-code-used': 'A recovery code was used to sign in to your account',
  'device-removed': 'A trusted device was removed from your account',
  'factor-locked': 'There were too many wrong codes, so codes are locked for a while on your account',
  'factors-reset': 'All your ways to sign in were reset on your account',
};

/** How many recovery codes a user has left: whoever runs out makes new ones in time. */
const leftText = (codes: number | undefined): string => {
  if (codes === undefined) return '';
  return codes === 1 ? ' 1 recovery code is left.' : ` ${codes} recovery codes are left.`;
};

/**
 * The words of a notice. Nothing in them comes from a user: a name in a message would be a place for lures. `codesLeft`:
 * how many recovery codes there are now.
 */
export const noticeText = (
  kind: NoticeKind,
  app: string,
  codesLeft?: number,
): { subject: string; text: string } => ({
  subject: `Your ${app} account was changed`,
  text: `${SENTENCES[kind]} at ${app}.${leftText(codesLeft)} If that was not you, tell ${app} at once.`,
});
