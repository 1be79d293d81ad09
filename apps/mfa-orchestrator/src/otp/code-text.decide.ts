/** What a template of an application says about its codes. */
export interface CodeTexts {
  text: string;
  subject?: string;
}

/** The application's words with the code in them; a text without `{code}` gets it at its end, for it is why it is sent. */
export function codeText(
  texts: CodeTexts,
  values: { code: string; app: string; ttlSeconds: number },
): { text: string; subject?: string } {
  // rounded down: a promise must not outlast the code
  const minutes = String(Math.max(1, Math.floor(values.ttlSeconds / 60)));
  const app = values.app.replace(/\p{Cc}+/gu, ' ');
  const words: Record<string, string> = { code: values.code, app, minutes };
  // one pass: what a value holds is not a template
  const fill = (template: string) =>
    template.replace(/\{(code|app|minutes)\}/g, (_, name: string) => words[name]!);
  const text = texts.text.includes('{code}') ? texts.text : `${texts.text} {code}`;
  return { text: fill(text), ...(texts.subject !== undefined && { subject: fill(texts.subject) }) };
}
