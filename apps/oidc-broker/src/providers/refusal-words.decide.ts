/** What the request brought that a description could repeat. */
export interface Said {
  params: Readonly<Record<string, unknown>>;
  /** Of the header. */
  origin?: string | undefined;
}

/** Shorter words cannot be told from our own. */
const LEAST = 8;

/** Characters that an error_description may have (RFC 6749 §5.2); quotes become apostrophes. */
const plain = (text: string): string =>
  text.replaceAll('"', "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, ' ');

/** A description with the reason behind it: what clients' developers read where nobody else is there. */
export const withDetail = (description: string | undefined, detail: string): string =>
  plain(description === undefined ? detail : `${description}: ${detail}`);

/**
 * Whether the text repeats what the request said. On a page of ours that would read as if we said it: whoever makes
 * somebody follow a link would choose the words (content injection).
 */
export function repeats(text: string, { params, origin }: Said): boolean {
  const said = [...Object.values(params), origin].flat();
  return said.some((one) => typeof one === 'string' && one.length >= LEAST && text.includes(one));
}
