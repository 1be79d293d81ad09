/** `#rrggbb` in lower case. */
export type Colour = string;

/** WCAG 2.2: text (1.4.3) and what a control is known by (1.4.11). */
const TEXT = 4.5;
const CONTROL = 3;

/** Backgrounds of the pages: the darkest and lightest that a key colour stands on, in each scheme. */
const LIGHT_PAPER: Colour = '#ffffff';
const LIGHT_BOX: Colour = '#f3f5f8';
const DARK_PAPER: Colour = '#14181c';
const DARK_BOX: Colour = '#272e35';

const channels = (colour: Colour): [number, number, number] => {
  const at = (start: number) => Number.parseInt(colour.slice(start, start + 2), 16);
  return [at(1), at(3), at(5)];
};

const luminance = (colour: Colour): number => {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** WCAG 2.2's contrast ratio: 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const mix = (colour: Colour, towards: Colour, share: number): Colour => {
  const goal = channels(towards);
  const mixed = channels(colour).map((value, at) =>
    Math.round(value + ((goal[at] as number) - value) * share),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
};

/** The colour itself where it stands out enough on all `papers`, else the nearest one towards `towards` that does. */
function standingOut(colour: Colour, papers: readonly Colour[], towards: Colour, ratio: number): Colour {
  for (let share = 0; share < 1; share += 0.02) {
    const candidate = mix(colour, towards, share);
    if (papers.every((paper) => contrast(candidate, paper) >= ratio)) return candidate;
  }
  return towards;
}

/** What a page makes of an application's colour in one scheme. */
export interface KeyColours {
  /** Of the main button and of the mark. */
  key: Colour;
  /** Text on it. */
  onKey: Colour;
  /** Edge of the button: where its colour is too near the page's, this is what shows it. */
  edge: Colour;
  /** Links, focus and marks on the page. */
  ink: Colour;
}

const inScheme = (colour: Colour, papers: readonly Colour[], towards: Colour): KeyColours => ({
  key: colour,
  // one of the two always has 4.58:1 or more
  onKey: contrast(colour, '#ffffff') >= TEXT ? '#ffffff' : '#000000',
  edge: standingOut(colour, papers, towards, CONTROL),
  ink: standingOut(colour, papers, towards, TEXT),
});

/** Readable colours out of any colour, for both schemes. */
export const keyColours = (colour: Colour): { light: KeyColours; dark: KeyColours } => ({
  light: inScheme(colour, [LIGHT_PAPER, LIGHT_BOX], '#000000'),
  dark: inScheme(colour, [DARK_PAPER, DARK_BOX], '#ffffff'),
});

const declarations = ({ key, onKey, edge, ink }: KeyColours): string =>
  `--key: ${key}; --on-key: ${onKey}; --key-edge: ${edge}; --key-ink: ${ink};`;

/** The style sheet of an application: its colour as custom properties. */
export function themeCss(colour: Colour): string {
  const { light, dark } = keyColours(colour);
  return `:root { ${declarations(light)} }
@media (prefers-color-scheme: dark) { :root { ${declarations(dark)} } }
`;
}
