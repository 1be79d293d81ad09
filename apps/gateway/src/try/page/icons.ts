/// <reference lib="dom" />

/** Outlines on a grid of 24; drawn here, so that nothing is loaded from elsewhere. */
const PATHS = {
  passkey: 'M12 3a5 5 0 0 0-3 9v9l3-2 3 2v-9a5 5 0 0 0-3-9Zm0 4v.01',
  mail: 'M3 6h18v12H3V6Zm0 1 9 7 9-7',
  sms: 'M4 4h16v12H9l-5 4V4Zm4 6h.01M12 10h.01M16 10h.01',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4v5l3 2',
  lifebuoy:
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 5a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM5.6 5.6l3.6 3.6m5.6 5.6 3.6 3.6m0-12.8-3.6 3.6m-5.6 5.6-3.6 3.6',
  bank: 'M4 10 12 4l8 6v1H4v-1Zm2 1v7m4-7v7m4-7v7m4-7v7M3 20h18',
  flag: 'M6 21V4h11l-2 4 2 4H6',
  check: 'm5 12 5 5 9-10',
  start: 'M8 5v14l11-7L8 5Z',
  shield: 'M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6l-7-3Zm-3 9 2 2 4-4',
  device: 'M7 3h10v18H7V3Zm4 15h2',
  warning: 'M12 4 2.5 20h19L12 4Zm0 6v4m0 3v.01',
} as const;
export type Icon = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

/** A picture beside words that say the same: screen readers pass over it. */
export function icon(name: Icon): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.appendChild(path);
  return svg;
}

const BY_ACTION: Record<string, Icon> = {
  external: 'bank',
  otp: 'mail',
  'otp:sms': 'sms',
  passkey: 'passkey',
  totp: 'clock',
  recovery: 'lifebuoy',
  email: 'mail',
  sms: 'sms',
  begin: 'start',
  complete: 'flag',
};
export const iconOf = (action: string): Icon =>
  BY_ACTION[action] ?? BY_ACTION[action.split(':')[0] ?? ''] ?? 'shield';
