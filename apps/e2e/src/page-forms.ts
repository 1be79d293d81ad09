/** A field of a form: what it holds when nobody touches it. */
export interface FormField {
  name: string;
  type: string;
  value: string;
  checked: boolean;
  disabled: boolean;
}

/** A form of a page, as its buttons send it. */
export interface PageForm {
  action: string;
  method: string;
  fields: FormField[];
  buttons: { name: string; value: string; text: string }[];
}

/** What stands in HTML, without markup. */
export const plain = (html: string): string =>
  unescape(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
export const unescape = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) =>
    name.startsWith('#')
      ? String.fromCodePoint(Number(name.startsWith('#x') ? `0${name.slice(1)}` : name.slice(1)))
      : (NAMED[name] ?? whole),
  );

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s/>])`, 'i').exec(tag);
  return found ? unescape(found[1] ?? '') : undefined;
};

/** The forms of a page of ours: well-formed, quoted with double quotes. */
export const formsOf = (html: string): PageForm[] =>
  [...html.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/g)].map(([whole, inside = '']) => {
    const tag = /^<form\b[^>]*>/.exec(whole)?.[0] ?? '';
    const fields = [...inside.matchAll(/<(?:input|textarea)\b[^>]*>/g)].map(([input]) => ({
      name: attribute(input, 'name') ?? '',
      type: attribute(input, 'type') ?? 'text',
      value: attribute(input, 'value') ?? (attribute(input, 'type') === 'checkbox' ? 'on' : ''),
      checked: attribute(input, 'checked') !== undefined,
      disabled: attribute(input, 'disabled') !== undefined,
    }));
    const buttons = [...inside.matchAll(/(<button\b[^>]*>)([\s\S]*?)<\/button>/g)].map(
      ([, button = '', label = '']) => ({
        name: attribute(button, 'name') ?? '',
        value: attribute(button, 'value') ?? '',
        text: plain(label),
      }),
    );
    const method = (attribute(tag, 'method') ?? 'get').toLowerCase();
    return {
      action: attribute(tag, 'action') ?? '',
      method,
      fields: fields.filter(({ name }) => name),
      buttons,
    };
  });
