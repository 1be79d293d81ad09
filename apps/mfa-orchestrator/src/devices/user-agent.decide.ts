/** What a User-Agent says of its client and system; what it does not say is absent. */
export interface UserAgent {
  clientName?: string;
  clientVersion?: string;
  osName?: string;
  osVersion?: string;
}

/** Clients by the token they add. Those built on another stand before it, for they carry its token too. */
const CLIENTS: readonly [RegExp, string][] = [
  [/\bSamsungBrowser\/([\d.]+)/, 'Samsung Internet'],
  [/\b(?:OPR|OPT|OPX)\/([\d.]+)/, 'Opera'],
  [/\b(?:Edg|EdgA|EdgiOS|Edge)\/([\d.]+)/, 'Edge'],
  [/\bVivaldi\/([\d.]+)/, 'Vivaldi'],
  [/\bDuckDuckGo\/([\d.]+)/, 'DuckDuckGo'],
  [/\b(?:Firefox|FxiOS)\/([\d.]+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\/([\d.]+)/, 'Chrome'],
  [/\bVersion\/([\d.]+)(?: Mobile\/\S+)? Safari\//, 'Safari'],
  [/\bokhttp\/([\d.]+)/, 'okhttp'],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\bWindows NT ([\d.]+)/, 'Windows'],
  [/\b(?:iPhone )?OS ([\d_]+) like Mac OS X/, 'iOS'],
  [/\bAndroid ([\d.]+)?/, 'Android'],
  [/\bCrOS \S+ ([\d.]+)/, 'ChromeOS'],
  [/\bMac OS X ([\d_.]+)?/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** No header is longer in practice, and every expression above walks it once. */
const LONGEST = 512;

function firstOf(table: readonly [RegExp, string][], text: string): { name?: string; version?: string } {
  for (const [pattern, name] of table) {
    const match = pattern.exec(text);
    if (match) return { name, version: match[1]?.replaceAll('_', '.') };
  }
  return {};
}

/** Reads the big browsers and systems out of a User-Agent: for a user's list of devices, never for a decision. */
export function readUserAgent(userAgent: string | undefined): UserAgent {
  const text = (userAgent ?? '').slice(0, LONGEST);
  const client = firstOf(CLIENTS, text);
  const system = firstOf(SYSTEMS, text);
  return {
    clientName: client.name,
    clientVersion: client.version,
    osName: system.name,
    osVersion: system.version,
  };
}
