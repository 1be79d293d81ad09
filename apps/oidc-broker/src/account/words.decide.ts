/** How somebody signed in, by methods (RFC 8176) in words. */
export function methodsInWords(amr: readonly string[]): string {
  const words = amr.map((method) => METHODS[method]).filter((word) => word !== undefined);
  return words.length === 0 ? 'signed in' : [...new Set(words)].join(' and ');
}

const METHODS: Readonly<Record<string, string>> = {
  pwd: 'password',
  kba: 'image passcode',
  otp: 'one-time code',
  sms: 'code by SMS',
  hwk: 'passkey',
  swk: 'passkey',
  // what the orchestrator says of one: where its key lies nobody knows
  pop: 'passkey',
};

/** `Firefox on Linux`, of what a browser says of itself; it may say anything, so it is only a reminder. */
export function browserInWords(userAgent: string): string {
  const find = (names: readonly (readonly [RegExp, string])[]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  if (browser === undefined) return system === undefined ? 'Unknown browser' : `Browser on ${system}`;
  return system === undefined ? browser : `${browser} on ${system}`;
}

// order counts: most of them also say they are the others
const BROWSERS = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;

const SYSTEMS = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** `22 November 2026`. */
export const dateInWords = (at: Date): string =>
  `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;

/** `22 November 2026, 23:11 UTC`: the server does not know where the reader is. */
export const timeInWords = (at: Date): string => `${dateInWords(at)}, ${at.toISOString().slice(11, 16)} UTC`;

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
