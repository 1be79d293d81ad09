import { escapeHtml } from '@countersign/kernel';

/** Text that is HTML already: made by `html`, never of what came from outside. */
export class Html {
  /** Use `html`; this is for what `html` made and somebody carried as text. */
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: texts are escaped, lists are joined, what is absent or a boolean is nothing. */
export type HtmlPart = Html | string | number | boolean | null | undefined | readonly HtmlPart[];

const textOf = (part: HtmlPart): string => {
  if (part instanceof Html) return part.text;
  if (part === null || part === undefined || typeof part === 'boolean') return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (Array.isArray(part)) return (part as readonly HtmlPart[]).map(textOf).join('');
  throw new TypeError('this is nothing a page can show');
};

/**
 * HTML of a template: whatever is put into it is escaped unless `html` made it. Attributes must be quoted in the
 * template; an attribute that may be missing is a template of its own (`${isOn && html` checked`}`).
 */
export const html = (strings: TemplateStringsArray, ...parts: HtmlPart[]): Html =>
  new Html(strings.reduce((text, literal, at) => text + textOf(parts[at - 1]) + literal));
