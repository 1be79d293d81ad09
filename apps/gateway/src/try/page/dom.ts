/// <reference lib="dom" />

export type Child = Node | string | number | false | null | undefined | readonly Child[];
type Handlers = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
type Props = Record<string, unknown> & { on?: Handlers };

/** An element. Text is text, never HTML; `true` is an attribute without value; false, null and undefined are none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  const { on = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes))
    if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? '' : String(value));
  for (const [name, handler] of Object.entries(on)) element.addEventListener(name, handler as EventListener);
  append(element, children);
  return element;
}

function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child !== false && child !== null && child !== undefined)
      parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

/** Puts `children` in place of what is there; what was typed, opened and focused stays so, by id. */
export function fill(root: HTMLElement, ...children: Child[]): void {
  const fields = 'input[id], textarea[id]';
  const typed = new Map(
    [...root.querySelectorAll<HTMLInputElement>(fields)]
      .filter(({ type }) => type !== 'checkbox' && type !== 'radio')
      .map(({ id, value }) => [id, value]),
  );
  const opened = new Map(
    [...root.querySelectorAll<HTMLDetailsElement>('details[id]')].map((one) => [one.id, one.open]),
  );
  const focused = root.contains(document.activeElement) ? document.activeElement?.id : undefined;
  root.replaceChildren();
  append(root, children);
  for (const field of root.querySelectorAll<HTMLInputElement>(fields)) {
    const before = typed.get(field.id);
    if (before !== undefined && field.value === '') field.value = before;
  }
  for (const details of root.querySelectorAll<HTMLDetailsElement>('details[id]'))
    details.open = opened.get(details.id) ?? details.open;
  if (focused) document.getElementById(focused)?.focus();
}

/** Says something to who cannot see the page change. */
export const say = (text: string): void => void (byId('spoken').textContent = text);

/** Copies, and says so on the button itself. */
export function copyButton(text: () => string, label = 'Copy'): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'quiet' }, label);
  button.addEventListener('click', () => {
    void navigator.clipboard
      .writeText(text())
      .then(() => 'Copied')
      .catch(() => 'Could not copy')
      .then((outcome) => {
        button.textContent = outcome;
        say(outcome);
        setTimeout(() => (button.textContent = label), 1500);
      });
  });
  return button;
}
