import { isPlainHttpUrl, parseJson } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { z } from 'zod';
import { elementName } from '../elements/element.schemas.ts';
import { thirdPartyValue } from '../third-party-data/third-party-data.schemas.ts';
import type { LaunchFailure } from './launch.schemas.ts';

/** What came back from a handler, whoever it was. */
export interface HandlerAnswer {
  status: number;
  text: string;
}

/** What an answer is held against. */
export interface AskedFor {
  vendor: string;
  /** Names of the elements that are defined, as this instance knows them. */
  defined: { has(name: string): boolean };
  /** What the handler was shown: names and values. */
  shown: ReadonlyMap<string, string>;
}

/** What an answer comes to. */
export interface Understood {
  link: string;
  /** To be added or changed; what the handler was shown and returned unchanged is not among it. */
  save: { element: string; value: string }[];
  /** Names without a definition that look like names, at most 50. */
  refusedNames: string[];
  /** How many more were left out. */
  others: number;
}

const NAMES_TOLD = 50;
const LINK_MAX = 4096;
/** A value in a list: its key is compared, never kept unless it is an element's name. */
const config = z.object({ key: z.string().max(10_000), value: thirdPartyValue });

/** What turns the text around it, or is none (CWE-451). */
const NOT_TO_BE_SHOWN = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;
const message = z
  .string()
  .max(1000)
  .default('')
  .transform((text) => text.replace(NOT_TO_BE_SHOWN, ''));
const answered = z.object({
  responseType: z.literal('LINK_OUT'),
  response: z.string().max(LINK_MAX),
  success: z.boolean().default(true),
  endUserErrorMessage: message.nullish(),
  userLevelConfigList: z
    .object({
      vendorId: z.union([z.string(), z.int()]).transform(String),
      configs: z.array(config).max(500),
    })
    .nullish(),
});
/** A refusal needs neither a link nor values. */
const refused = z.object({ success: z.literal(false), endUserErrorMessage: message.nullish() });

const failed = (reason: LaunchFailure, detail?: string | null) =>
  refuse<LaunchFailure>(reason, detail ? { detail } : {});

/**
 * What a handler's answer comes to, or why it comes to nothing (with the user's message as `detail`, where there is
 * one). It is from outside: everything in it is checked before anything is kept (seed 002, S1, S2, S5, S8, S9).
 */
export function understand(answer: HandlerAnswer, asked: AskedFor): Decision<Understood, LaunchFailure> {
  if (answer.status !== 200) return failed('vendor-status');
  const json = parsed(answer.text);
  if (!json) return failed('not-json');
  const no = refused.safeParse(json.value);
  if (no.success) return failed('vendor-refused', no.data.endUserErrorMessage);
  const read = answered.safeParse(json.value);
  if (!read.success || !isLink(read.data.response)) return failed('not-an-answer');
  const { response: link, userLevelConfigList: list } = read.data;
  if (list && list.vendorId !== asked.vendor) return failed('other-vendor');
  return accept({ link, ...sort(list?.configs ?? [], asked) });
}

/** Which values are to be kept, and which names were made up. A name twice: the last counts, as in a dictionary. */
function sort(configs: z.infer<typeof config>[], asked: AskedFor): Omit<Understood, 'link'> {
  const last = new Map(configs.map(({ key, value }) => [key, value]));
  const unknown = [...last.keys()].filter((name) => !asked.defined.has(name));
  // what does not look like a name may be anything, a value even: it is counted and not repeated
  const names = unknown.filter((name) => elementName.safeParse(name).success).slice(0, NAMES_TOLD);
  const save = [...last]
    .filter(([name, value]) => asked.defined.has(name) && asked.shown.get(name) !== value)
    .map(([element, value]) => ({ element, value }));
  return { save, refusedNames: names, others: unknown.length - names.length };
}

/** A page to send a user to: an http or https URL without credentials; `javascript:` and the like run in our page. */
function isLink(text: string): boolean {
  if (!isPlainHttpUrl(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}
